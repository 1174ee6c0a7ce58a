import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { background, isCancelled, rootContext, Scope } from "@barrage/kernel";
import type { Context } from "@barrage/kernel";
import { FakeClock } from "@barrage/testkit";
import { LinkPool } from "../../src/connection/link-pool.ts";
import { POOL_DEFAULTS } from "../../src/index.ts";
import type { PoolOptions } from "../../src/index.ts";
import { untilSql } from "../support/session.ts";
import { needsPostgres, temporaryServer } from "../support/temporary-archive.ts";
import type { Database } from "../support/temporary-archive.ts";
import { WatchedEvents } from "../support/watched-events.ts";

const ctx = background;
const FOREVER = "SELECT pg_sleep(86400)";
// In this database: a statement of the test before may not have been stopped yet.
const SLEEPING =
  "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND state = 'active' " +
  "AND query LIKE '%pg_sleep(86400)%' AND pid <> pg_backend_pid()";

interface PoolUnderTest extends AsyncDisposable {
  readonly pool: LinkPool;
  readonly events: WatchedEvents;
}

function poolOf(
  { url }: Pick<Database, "url">,
  options: Partial<PoolOptions> = {},
  parent: Context = ctx,
): PoolUnderTest {
  const all = { ...POOL_DEFAULTS, ...options };
  const scope = new Scope(parent, { name: "pool" });
  const events = new WatchedEvents();
  const pool = new LinkPool({ ...all, url, applicationName: "pool" }, all, scope, events.onEvent);
  const end = async (): Promise<void> => {
    await pool.close();
    await scope[Symbol.asyncDispose]();
  };
  return { pool, events, [Symbol.asyncDispose]: end };
}

/** Something that holds up operations until it is opened. */
function gate() {
  const { promise, resolve } = Promise.withResolvers<void>();
  return { passed: promise, open: resolve };
}

/** Once as many operations have a connection. */
const busy = async (pool: LinkPool, count: number): Promise<void> => {
  while (pool.figures.total - pool.figures.idle < count)
    await new Promise((resolve) => setImmediate(resolve));
};

describe("the connections to PostgreSQL", needsPostgres(), () => {
  const server = temporaryServer();

  it("[PG-12] are never more than max; as many as maxWaiting wait, one more is refused", async () => {
    await using made = poolOf(await server.database(), { max: 2, min: 1, maxWaiting: 2 });
    const { pool } = made;
    const { passed, open } = gate();
    const uses = [1, 2].map(() => pool.use(() => passed, ctx));
    await busy(pool, 2);

    uses.push(...[3, 4].map(() => pool.use(() => passed, ctx)));
    assert.deepEqual([pool.figures.total, pool.figures.waiting], [2, 2]);
    await assert.rejects(
      pool.use(() => passed, ctx),
      { code: "PG_BUSY" },
    );

    open();
    await Promise.all(uses);
    const { total, idle, waiting, refused } = pool.figures;
    assert.deepEqual({ total, idle, waiting, refused }, { total: 2, idle: 2, waiting: 0, refused: 1 });
  });

  it("[PG-13] answer a caller that gives up at once, and PostgreSQL stops what it ran", async () => {
    const database = await server.database();
    await using made = poolOf(database, { max: 1 });
    const { pool } = made;
    using impatient = ctx.cancellable();
    const use = pool.use((link, own) => link.query(FOREVER, [], own), impatient);
    await untilSql(database, SLEEPING, (rows) => rows.length === 1);

    impatient.cancel();

    await assert.rejects(use, isCancelled);
    await untilSql(database, SLEEPING, (rows) => rows.length === 0);
    assert.equal(pool.figures.abandoned, 1);
    // Its connection is not given to anybody: a late cancel would hit the wrong query.
    const { rows } = await pool.use((link, own) => link.query("SELECT 7 AS seven", [], own), ctx);
    assert.deepEqual(rows, [{ seven: 7 }]);
  });

  it("[PG-13] let go of who waits for one and gives up", async () => {
    await using made = poolOf(await server.database(), { max: 1 });
    const { pool } = made;
    const { passed, open } = gate();
    const first = pool.use(() => passed, ctx);
    await busy(pool, 1);
    using impatient = ctx.cancellable();
    const second = pool.use(() => passed, impatient);

    impatient.cancel();

    await assert.rejects(second, isCancelled);
    assert.equal(pool.figures.waiting, 0);
    open();
    await first;
  });

  it("[PG-14] end an operation that takes longer than it may, whoever notices first", async () => {
    const database = await server.database();
    const run = async (options: Partial<PoolOptions>, sql: string): Promise<unknown> => {
      await using made = poolOf(database, options);
      return await made.pool.use((link, own) => link.query(sql, [], own), ctx);
    };

    await assert.rejects(run({ statementMs: 20 }, FOREVER), { code: "PG_TIMEOUT" });
    await assert.rejects(run({ operationMs: 20 }, FOREVER), { code: "PG_TIMEOUT" });
  });

  it("[PG-14] end an operation that waits too long for a lock, or stands still in a transaction", async () => {
    const database = await server.database();
    await using made = poolOf(database, { lockMs: 20 });
    await database.sql("CREATE TABLE wanted ()");
    await using holder = poolOf(database);
    await holder.pool.use(async (holding, own) => {
      await holding.query("BEGIN", [], own);
      await holding.query("LOCK TABLE wanted", [], own);
      await assert.rejects(
        made.pool.use((link, own) => link.query("LOCK TABLE wanted", [], own), ctx),
        { code: "PG_UNEXPECTED" },
      );
      const locking = made.pool.use(
        (link, own) => link.transaction(() => link.query("LOCK TABLE wanted", [], own), own),
        ctx,
      );
      await assert.rejects(locking, { code: "PG_BLOCKED" });
    }, ctx);

    await using hasty = poolOf(database, { idleInTransactionMs: 20 });
    const standing = hasty.pool.use(async (link, own) => {
      await link.query("BEGIN", [], own);
      await new Promise<void>((resolve) => (link.onLost = () => resolve()));
      await link.query("COMMIT", [], own);
    }, ctx);
    await assert.rejects(standing, { code: "PG_TIMEOUT" });
  });

  it("[PG-15] are made before they are needed, and closed when nobody used them for idleMs", async () => {
    const clock = new FakeClock();
    await using made = poolOf(
      await server.database(),
      { min: 2, max: 4, idleMs: 1_000 },
      rootContext({ clock }),
    );
    const { pool } = made;
    await pool.fill(ctx);
    assert.deepEqual([pool.figures.total, pool.figures.idle], [2, 2]);
    const { passed, open } = gate();
    const uses = [1, 2, 3, 4].map(() => pool.use(() => passed, ctx));
    await busy(pool, 4);
    open();
    await Promise.all(uses);

    await clock.advance(999);
    await pool.trim();
    assert.equal(pool.figures.total, 4);
    await clock.advance(1);
    await pool.trim();
    assert.deepEqual([pool.figures.total, pool.figures.idle], [2, 2]);
  });

  it("[PG-16] that break while nobody uses them are told and counted, and the next operation gets another", async () => {
    const database = await server.database();
    await using made = poolOf(database, { min: 1 });
    const { pool, events } = made;
    await pool.fill(ctx);

    await database.sql("SELECT pg_terminate_backend($1)", [pool.pids[0]]);
    const { error } = await events.first("connection_lost");

    assert.equal((error as { code?: string }).code, "PG_UNREACHABLE");
    assert.deepEqual([pool.figures.total, pool.figures.lost], [0, 1]);
    assert.equal((await pool.use((link, own) => link.query("SELECT 1", [], own), ctx)).count, 1);
  });

  it("[PG-16] that break in the middle of an operation fail it with PG_UNREACHABLE", async () => {
    const database = await server.database();
    // One connection, so that the one that is ended is the one that is busy.
    await using made = poolOf(database, { max: 1 });
    const use = made.pool.use((link, own) => link.query(FOREVER, [], own), ctx);
    const failed = assert.rejects(use, { code: "PG_UNREACHABLE" });
    await untilSql(database, SLEEPING, (rows) => rows.length === 1);

    await database.sql("SELECT pg_terminate_backend($1)", [made.pool.pids[0]]);

    await failed;
    assert.equal(made.pool.figures.total, 0);
  });

  it("[PG-19] let operations under way end when they are closed, and take no more", async () => {
    const { pool, ...made } = poolOf(await server.database(), { max: 1 });
    const { passed, open } = gate();
    const first = pool.use((link, own) => passed.then(() => link.query("SELECT 1", [], own)), ctx);
    await busy(pool, 1);
    const second = assert.rejects(
      pool.use(() => passed, ctx),
      { code: "PG_CLOSED" },
    );

    const closed = pool.close();

    await assert.rejects(
      pool.use(() => passed, ctx),
      { code: "PG_CLOSED" },
    );
    open();
    assert.equal((await first).count, 1);
    await second;
    await closed;
    assert.equal(pool.figures.total, 0);
    await made[Symbol.asyncDispose]();
  });

  it("[PG-19] wait no longer than closeMs for one that has no end", async () => {
    const database = await server.database();
    const { pool, ...made } = poolOf(database, { closeMs: 20 });
    const use = pool.use((link, own) => link.query(FOREVER, [], own), ctx);
    await untilSql(database, SLEEPING, (rows) => rows.length === 1);

    await Promise.all([pool.close(), assert.rejects(use, { code: "PG_UNREACHABLE" })]);

    await made[Symbol.asyncDispose]();
  });

  it("[PG-23] write durably where the server's default is not", async () => {
    const database = await server.database();
    await database.sql(
      "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET synchronous_commit = off', current_database()); END $$",
    );
    await using made = poolOf(database);

    const { rows } = await made.pool.use((link, own) => link.query("SHOW synchronous_commit", [], own), ctx);

    assert.deepEqual(rows, [{ synchronous_commit: "on" }]);
    assert.deepEqual(await database.sql("SHOW synchronous_commit"), [{ synchronous_commit: "off" }]);
  });
});
