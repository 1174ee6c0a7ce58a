import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { background } from "@barrage/kernel";
import type { Context } from "@barrage/kernel";
import { openSqliteStore } from "../../src/index.ts";
import type { SqliteStore, SqliteStoreOptions } from "../../src/index.ts";

export interface TemporaryStore extends AsyncDisposable {
  readonly dir: string;
  /** The store as it is now: another one after `reopen`. */
  readonly store: SqliteStore;
  reopen(): Promise<SqliteStore>;
}

/** A folder of its own that goes when the test ends. */
export function temporaryFolder(): Disposable & { readonly path: string } {
  const path = mkdtempSync(join(tmpdir(), "barrage-store-"));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
}

export async function temporaryStore(
  options: Partial<SqliteStoreOptions> = {},
  ctx: Context = background,
): Promise<TemporaryStore> {
  const folder = temporaryFolder();
  const open = () => openSqliteStore({ ...options, dir: folder.path }, ctx);
  let store = await open();
  return {
    dir: folder.path,
    get store() {
      return store;
    },
    async reopen() {
      await store.close();
      store = await open();
      return store;
    },
    async [Symbol.asyncDispose]() {
      await store.close();
      folder[Symbol.dispose]();
    },
  };
}
