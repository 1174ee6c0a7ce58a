import { background } from "@barrage/kernel";
import type { Context } from "@barrage/kernel";
import type { PostgresArchive } from "./archive/postgres-archive.ts";
import { openPostgresStore } from "./open-postgres-store.ts";
import type { PostgresOptions } from "./open-postgres-store.ts";

/**
 * Opens the archive alone, for tools that have nothing to do without it: the database has been reached and has its newest
 * form when this resolves.
 *
 * Shape      as `openPostgresStore`; cancelling `ctx` gives up opening.
 * Errors     PG_ADDRESS, PG_UNREACHABLE, PG_REFUSED, PG_DENIED, PG_NEWER, PG_MIGRATION_CHANGED; nothing is left open then.
 */
export async function openPostgresArchive(
  options: PostgresOptions,
  ctx: Context = background,
): Promise<PostgresArchive> {
  const store = openPostgresStore(options, ctx);
  try {
    await store.prepare(ctx);
    return store.archive;
  } catch (error) {
    await store.close();
    throw error;
  }
}
