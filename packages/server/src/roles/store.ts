import type { Archive, AuditLog, DanmakuLog, RoomStore } from "@barrage/engine";

/** The durable ports of one data folder. */
export interface Store {
  readonly log: DanmakuLog;
  readonly rooms: RoomStore;
  readonly archive: Archive;
  readonly audit: AuditLog;
  close(): Promise<void>;
}

/** Loaded only when it is used: a server on other ports needs no SQLite. */
export async function openSqlite(dir: string): Promise<Store> {
  const { openSqliteStore } = await import("@barrage/store-sqlite");
  return openSqliteStore({ dir });
}
