import type { Archive, AuditLog, DanmakuLog, RoomStore } from "@barrage/engine";
import type { ServerConfig } from "../config/schema.ts";

/** The durable ports of one data folder. */
export interface Store {
  readonly log: DanmakuLog;
  readonly rooms: RoomStore;
  readonly archive: Archive;
  readonly audit: AuditLog;
  close(): Promise<void>;
}

/** Loaded only when it is used: a server on other ports needs no SQLite. */
async function openSqlite(dir: string): Promise<Store> {
  const { openSqliteStore } = await import("@barrage/store-sqlite");
  return openSqliteStore({ dir });
}

/** Opens the store; `undo` closes it if the start fails later. */
export async function openStoreOf(
  config: ServerConfig,
  { openStore = openSqlite }: { readonly openStore?: (dir: string) => Promise<Store> },
  undo: AsyncDisposableStack,
): Promise<Store> {
  const store = await openStore(config.store.dir);
  undo.defer(() => store.close());
  return store;
}
