import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { background } from "@barrage/kernel";
import { MIGRATIONS } from "../src/migrations/index.ts";
import type { Migration } from "../src/migrations/migration.ts";
import { openPostgresArchive } from "../src/index.ts";
import type { PostgresOptions } from "../src/index.ts";
import { needsPostgres, temporaryServer } from "./support/temporary-archive.ts";

const ctx = background;
const TABLES =
  "SELECT relname FROM pg_class WHERE relname LIKE 'archive%' AND relkind IN ('r', 'p') ORDER BY relname";

/** Opens and expects the error; an archive that opens all the same is closed, so that the test can end. */
async function failure(options: PostgresOptions): Promise<{ code: string; message: string }> {
  try {
    const archive = await openPostgresArchive(options);
    await archive.close();
  } catch (error) {
    return error as { code: string; message: string };
  }
  throw new Error("it opened");
}

const step = (id: number, sql: string): Migration => ({ id, name: `step ${id}`, sql });

describe("openPostgresArchive", needsPostgres(), () => {
  const server = temporaryServer();

  it("[PG-10] makes what is missing, once, however many open at the same time", async () => {
    const { url, sql } = await server.database();

    const archives = await Promise.all([1, 2, 3, 4].map(() => openPostgresArchive({ url })));

    await Promise.all(archives.map((archive) => archive.close()));
    assert.deepEqual(await sql("SELECT id, name FROM archive_migration ORDER BY id"), [
      { id: 1, name: "archive" },
      { id: 2, name: "rooms" },
      { id: 3, name: "live rooms" },
    ]);
    const again = await openPostgresArchive({ url });
    await again.close();
    assert.deepEqual(await sql("SELECT count(*)::int AS made FROM archive_migration"), [{ made: 3 }]);
  });

  it("[PG-10] takes the steps in order, and none where one fails", async () => {
    const { url, sql } = await server.database();
    const more = [...MIGRATIONS, step(4, "CREATE TABLE archive_two (); CREATE TABLE archive_too ()")];

    const broken = [...more, step(5, "ALTER TABLE archive_two ADD x int; SELECT 1 / 0")];
    assert.equal((await failure({ url, migrations: broken })).code, "PG_UNEXPECTED");
    assert.deepEqual(await sql(TABLES), []);

    const archive = await openPostgresArchive({ url, migrations: more });
    await archive.close();
    assert.deepEqual(await sql("SELECT id FROM archive_migration ORDER BY id"), [
      { id: 1 },
      { id: 2 },
      { id: 3 },
      { id: 4 },
    ]);
  });

  it("[PG-11] refuses a database that is newer than the program, and changes nothing", async () => {
    const { url, sql } = await server.database();
    const newer = await openPostgresArchive({ url, migrations: [...MIGRATIONS, step(4, "SELECT 1")] });
    await newer.close();

    const { code, message } = await failure({ url });

    assert.equal(code, "PG_NEWER");
    assert.match(message, /migration 4; this one knows 3/);
    assert.deepEqual(await sql("SELECT count(*)::int AS made FROM archive_migration"), [{ made: 4 }]);
  });

  it("[PG-11] refuses a database whose migrations are not the program's", async () => {
    const { url } = await server.database();
    const other = await openPostgresArchive({ url, migrations: [{ ...MIGRATIONS[0]!, name: "another" }] });
    await other.close();

    assert.equal((await failure({ url })).code, "PG_MIGRATION_CHANGED");
  });

  it("[PG-20] says what is wrong with address, server, user or database, and no password", async () => {
    const { url } = await server.database();
    const secret = url.replace("//barrage@", "//barrage:secret@");
    const cases = [
      ["PG_ADDRESS", "mysql://barrage:secret@127.0.0.1/archive"],
      ["PG_ADDRESS", "postgresql://barrage:secret@[::1/archive"],
      ["PG_UNREACHABLE", secret.replace("5432", "5433")],
      ["PG_REFUSED", secret.replace("/test_", "/none_")],
      ["PG_REFUSED", secret.replace("//barrage:", "//nobody:")],
    ] as const;

    for (const [expected, address] of cases) {
      const { code, message } = await failure({ url: address });

      assert.equal(code, expected, address);
      assert.equal(message.includes("secret"), false);
    }
  });

  it("[PG-20] says that a server does not answer, or lets no more in", async () => {
    const { url } = await server.database();
    server.server.freeze();
    const silent = await failure({ url, pool: { connectMs: 20 } });
    server.server.thaw();

    assert.equal(silent.code, "PG_UNREACHABLE");
    assert.match(silent.message, /no connection within 20 ms/);
  });

  it("[PG-20] refuses a user who may not make tables, and a standby", async () => {
    const { url, sql } = await server.database();
    await sql("CREATE ROLE reader LOGIN");
    assert.equal((await failure({ url: url.replace("//barrage@", "//reader@") })).code, "PG_DENIED");

    await sql(
      "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET default_transaction_read_only = on', current_database()); END $$",
    );
    assert.equal((await failure({ url })).code, "PG_READ_ONLY");
  });

  it("[PG-20] refuses bounds that are no whole numbers, before it connects", async () => {
    const url = "postgresql://nobody@127.0.0.1:1/none";

    for (const options of [
      { pool: { max: 0 } },
      { pool: { operationMs: 1.5 } },
      { monitor: { probeMs: Number.NaN } },
      { partitions: { ahead: -1 } },
      { rowsPerInsert: 0 },
    ]) {
      assert.equal((await failure({ url, ...options })).code, "KERNEL_INVALID_ARGUMENT");
    }
  });

  it("[PG-19] is closed once, and then takes nothing more", async () => {
    const { url, sql } = await server.database();
    const archive = await openPostgresArchive({ url });

    await Promise.all([archive.close(), archive.close()]);

    await assert.rejects(archive.latest("a", 1, ctx), (error: { code: string; cause: { code: string } }) => {
      assert.deepEqual([error.code, error.cause.code], ["BARRAGE_DRAINING", "PG_CLOSED"]);
      return true;
    });
    await assert.rejects(archive.retain({ before: 0, maxBytes: 1 }, ctx), { code: "PG_CLOSED" });
    const left =
      "SELECT count(*)::int AS count FROM pg_stat_activity WHERE application_name = 'barrage archive' AND datname = current_database()";
    while ((await sql(left))[0]?.["count"] !== 0);
  });
});
