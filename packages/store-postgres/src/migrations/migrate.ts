import type { Context } from "@barrage/kernel";
import type { Link } from "../connection/link.ts";
import { MIGRATIONS_LOCK } from "../connection/advisory-locks.ts";
import { postgresError } from "../errors.ts";
import { checksumOf } from "./migration.ts";
import type { Migration } from "./migration.ts";

const TABLE = `
  CREATE TABLE IF NOT EXISTS archive_migration (
    id       integer PRIMARY KEY,
    name     text NOT NULL,
    checksum text NOT NULL,
    made     timestamptz NOT NULL DEFAULT now()
  )`;

/**
 * Brings the database to the newest form, all steps or none. Processes that start at the same time do it one after the
 * other; the second finds nothing left to do. Gives the names of the steps that were taken.
 *
 * Errors     PG_NEWER, PG_MIGRATION_CHANGED: nothing was changed.
 */
export async function migrate(
  link: Link,
  migrations: readonly Migration[],
  ctx: Context,
): Promise<readonly string[]> {
  return link.transaction(async () => {
    // A large database may take long, and whoever waits for us waits as long.
    await link.query("SET LOCAL statement_timeout = 0", [], ctx);
    await link.query("SET LOCAL lock_timeout = 0", [], ctx);
    await link.query("SELECT pg_advisory_xact_lock($1, $2)", MIGRATIONS_LOCK, ctx);
    await link.query(TABLE, [], ctx);
    const { rows } = await link.query("SELECT id, checksum FROM archive_migration ORDER BY id", [], ctx);
    const made = new Map(rows.map((row) => [Number(row["id"]), String(row["checksum"])]));
    refuseStrange(made, migrations);
    const missing = migrations.filter(({ id }) => !made.has(id));
    for (const migration of missing) {
      await link.query(migration.sql, [], ctx);
      const { id, name } = migration;
      const values = [id, name, checksumOf(migration)];
      await link.query("INSERT INTO archive_migration (id, name, checksum) VALUES ($1, $2, $3)", values, ctx);
    }
    return missing.map(({ name }) => name);
  }, ctx);
}

function refuseStrange(made: ReadonlyMap<number, string>, migrations: readonly Migration[]): void {
  const known = migrations.length;
  const found = Math.max(0, ...made.keys());
  if (found > known) throw postgresError("PG_NEWER", { found, known });
  for (const migration of migrations) {
    const checksum = made.get(migration.id);
    if (checksum !== undefined && checksum !== checksumOf(migration)) {
      throw postgresError("PG_MIGRATION_CHANGED", { id: migration.id });
    }
  }
}
