import type { Archive, HistoryPage } from "@barrage/engine";
import type { Item } from "@barrage/protocol";

/** History that nobody keeps: the servers beside which it is measured have none either. */
export class NoArchive implements Archive {
  write(): Promise<void> {
    return Promise.resolve();
  }

  query(): Promise<HistoryPage> {
    return Promise.resolve({ items: [] });
  }

  latest(): Promise<readonly Item[]> {
    return Promise.resolve([]);
  }

  find(): Promise<undefined> {
    return Promise.resolve(undefined);
  }

  erase(): Promise<readonly string[]> {
    return Promise.resolve([]);
  }

  retain(): Promise<number> {
    return Promise.resolve(0);
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}
