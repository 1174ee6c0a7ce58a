import { go } from "@barrage/kernel";

/** Leaves; calling it again does nothing. */
export type Unsubscribe = () => void;

/** Typed events. A handler that throws stops neither the others nor the caller; its error goes to `onTaskFailure`. */
export class Emitter<Events extends object> {
  readonly #handlers: { [K in keyof Events]?: Set<(value: Events[K]) => void> } = {};

  on<K extends keyof Events>(event: K, handler: (value: Events[K]) => void): Unsubscribe {
    // A fresh function, so that the same handler can be subscribed twice and each one leaves alone.
    const own = (value: Events[K]): void => handler(value);
    const handlers = (this.#handlers[event] ??= new Set());
    handlers.add(own);
    return () => void handlers.delete(own);
  }

  emit<K extends keyof Events>(event: K, value: Events[K]): void {
    const handlers = this.#handlers[event];
    if (handlers === undefined) return;
    // A copy: a handler may subscribe and leave while it is called.
    for (const handler of Array.from(handlers)) {
      try {
        handler(value);
      } catch (error) {
        go(
          () => {
            throw error;
          },
          { name: `handler of ${String(event)}` },
        );
      }
    }
  }

  count(event: keyof Events): number {
    return this.#handlers[event]?.size ?? 0;
  }

  clear(): void {
    for (const event of Object.keys(this.#handlers) as (keyof Events)[]) this.#handlers[event]?.clear();
  }
}
