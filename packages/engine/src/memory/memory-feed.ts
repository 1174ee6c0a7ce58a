import type { Batch, Feed } from "../ports/index.ts";

/** The feed of a single process: a publish calls every subscriber at once. */
export function createMemoryFeed(): Feed {
  const handlers = new Set<(batch: Batch) => void>();
  return {
    publish(batch) {
      for (const handler of handlers) handler(batch);
      return Promise.resolve();
    },
    subscribe(handler) {
      // A fresh function, so that the same handler subscribed twice leaves one at a time.
      const own = (batch: Batch): void => handler(batch);
      handlers.add(own);
      return {
        [Symbol.dispose]() {
          handlers.delete(own);
        },
      };
    },
  };
}
