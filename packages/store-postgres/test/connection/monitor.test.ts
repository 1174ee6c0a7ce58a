import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { background, isCancelled, rootContext } from "@barrage/kernel";
import { FakeClock, placed, danmaku } from "@barrage/testkit";
import { MIGRATIONS_LOCK } from "../../src/connection/advisory-locks.ts";
import { findBlockers } from "../../src/connection/blockers.ts";
import { Link } from "../../src/connection/link.ts";
import { openPostgresArchive, POOL_DEFAULTS } from "../../src/index.ts";
import type { MonitorOptions, PostgresArchive } from "../../src/index.ts";
import { session, untilSql } from "../support/session.ts";
import type { Session } from "../support/session.ts";
import { needsPostgres, temporaryArchive, temporaryServer } from "../support/temporary-archive.ts";
import type { Database } from "../support/temporary-archive.ts";
import { WatchedEvents } from "../support/watched-events.ts";

const ctx = background;
const HOLD = "LOCK TABLE archive_item IN ACCESS EXCLUSIVE MODE";
const EAGER: Partial<MonitorOptions> = { everyMs: 10, cancelAfterMs: 1, probeMs: 60_000 };
/** Ours must not give up before the monitor has looked, however slow the machine. */
const PATIENT = { lockMs: 120_000, operationMs: 120_000, statementMs: 120_000 };
const WAITING = "SELECT pid FROM pg_stat_activity WHERE wait_event_type = 'Lock'";

const item = placed("a", 1, danmaku("d1"));
const seqs = async (archive: PostgresArchive) =>
  (await archive.query({ room: "a", after: 0, limit: 9 }, ctx)).items.map(({ seq }) => seq);

/** A write that waits for a lock until the test has seen enough. */
function heldUp(archive: PostgresArchive) {
  const own = ctx.cancellable();
  const failed = assert.rejects(archive.write([item], own), isCancelled);
  const giveUp = (): Promise<void> => {
    own.cancel();
    return failed;
  };
  return { giveUp };
}

describe("the monitor of PostgreSQL", needsPostgres(), () => {
  const server = temporaryServer({ settings: ["max_connections=60"] });

  const watched = async (monitor: Partial<MonitorOptions>) => {
    const events = new WatchedEvents();
    const options = { monitor: { ...EAGER, ...monitor }, pool: PATIENT, onEvent: events.onEvent };
    return { events, ...(await temporaryArchive(server, options)) };
  };

  /** Somebody else's session that holds the archive's table and does nothing. */
  const idleHolder = async (database: Database): Promise<Session> => {
    const holder = await session(database);
    await holder.sql("BEGIN");
    await holder.sql(HOLD);
    return holder;
  };

  it("[PG-17] ends a session that holds up ours and does nothing", async () => {
    await using made = await watched({});
    await using holder = await idleHolder(made.database);

    await made.archive.write([item], ctx);

    await holder.ended;
    const { blocker, done } = await made.events.first("blocker");
    assert.deepEqual([blocker.pid, blocker.state, done], [holder.pid, "idle in transaction", "terminated"]);
    assert.equal(made.archive.figures.terminated, 1);
    assert.deepEqual(await seqs(made.archive), [1]);
  });

  it("[PG-17] cancels the query of a session that holds up ours, and leaves the session", async () => {
    await using made = await watched({});
    await using holder = await session(made.database);
    const query = assert.rejects(holder.sql(`BEGIN; ${HOLD}; SELECT pg_sleep(86400)`), { code: "57014" });
    await untilSql(
      made.database,
      `SELECT 1 FROM pg_locks WHERE granted AND mode = 'AccessExclusiveLock' AND pid = ${holder.pid}`,
      (rows) => rows.length > 0,
    );

    await made.archive.write([item], ctx);

    await query;
    assert.equal((await made.events.first("blocker")).done, "cancelled");
    assert.equal(made.archive.figures.cancelled, 1);
    assert.deepEqual(await holder.sql("ROLLBACK; SELECT 1 AS alive").then(() => seqs(made.archive)), [1]);
  });

  it("[PG-17] means who holds the lock, not who waits for it before us", async () => {
    // Only told of: the one that waits must not be ended in the moment in which it has the lock itself.
    await using made = await watched({ cancelAfterMs: 86_400_000 });
    await using holder = await idleHolder(made.database);
    await using other = await session(made.database);
    const waiting = other.sql(`BEGIN; ${HOLD}; COMMIT; SELECT 1`);
    await untilSql(made.database, WAITING, (rows) => rows.some((row) => row["pid"] === other.pid));
    const writing = made.archive.write([item], ctx);

    await made.events.first("blocker");
    const pids = made.events.of("blocker").map(({ blocker }) => blocker.pid);

    assert.deepEqual(pids, [holder.pid]);
    await holder.sql("ROLLBACK");
    await Promise.all([waiting, writing]);
  });

  for (const [name, options] of [
    ["that is younger than the bound", { cancelAfterMs: 86_400_000 }],
    ["when the policy is off", { cancelAfterMs: false }],
    ["that does nothing, when only queries may be cancelled", { terminateIdle: false }],
  ] as const) {
    it(`[PG-17] only tells of a session ${name}`, async () => {
      await using made = await watched(options);
      await using holder = await idleHolder(made.database);
      const blocked = heldUp(made.archive);

      const { blocker, done } = await made.events.first("blocker");
      await blocked.giveUp();

      assert.deepEqual([blocker.pid, done], [holder.pid, "watched"]);
      assert.equal(made.events.of("blocker").length, 1);
      await holder.sql("ROLLBACK");
      await made.archive.write([item], ctx);
      const { cancelled, terminated } = made.archive.figures;
      assert.deepEqual([cancelled, terminated], [0, 0]);
    });
  }

  it("[PG-17] leaves a session alone that holds up nobody of ours, however old", async () => {
    await using made = await watched({});
    await using old = await session(made.database);
    await old.sql("BEGIN");
    await old.sql("SELECT count(*) FROM archive_item");

    await using holder = await idleHolder(await elsewhere(made.database));
    await made.archive.write([item], ctx);

    assert.deepEqual(await old.sql("SELECT 1 AS one"), [{ one: 1 }]);
    assert.deepEqual(await holder.sql("SELECT 1 AS one"), [{ one: 1 }]);
    assert.deepEqual(made.events.of("blocker"), []);
  });

  /** The same database, where the archive's table is another one. */
  const elsewhere = async (database: Database): Promise<Database> => {
    await database.sql("CREATE SCHEMA other");
    await database.sql("CREATE TABLE other.archive_item ()");
    return { ...database, url: `${database.url}&options=${encodeURIComponent("-c search_path=other")}` };
  };

  for (const [name, grant] of [
    ["end", "GRANT pg_read_all_stats TO only_end"],
    ["see", "SELECT 1"],
  ] as const) {
    it(`[PG-17] tells when PostgreSQL does not let it ${name} a session`, async () => {
      const database = await server.database();
      const user = `only_${name}`;
      await database.sql(`CREATE ROLE ${user} LOGIN`);
      await database.sql(grant);
      await database.sql(
        `DO $$ BEGIN EXECUTE format('ALTER DATABASE %I OWNER TO ${user}', current_database()); END $$`,
      );
      const events = new WatchedEvents();
      const url = database.url.replace("//barrage@", `//${user}@`);
      const options = { url, monitor: EAGER, pool: PATIENT, onEvent: events.onEvent };
      const archive = await openPostgresArchive(options);
      await using holder = await idleHolder(database);

      const blocked = heldUp(archive);
      const { blocker, done } = await events.first("blocker");
      await blocked.giveUp();

      assert.deepEqual([blocker.pid, done], [holder.pid, "denied"]);
      assert.equal(archive.figures.denied > 0, true);
      await archive.close();
    });
  }

  it("[PG-17] leaves a process alone that changes the form of the database while ours waits for it", async () => {
    await using made = await watched({});
    await using changing = await session(made.database);
    await using ours = await session(made.database);
    const lock = `SELECT pg_advisory_xact_lock(${MIGRATIONS_LOCK.join()})`;
    await changing.sql("BEGIN");
    await changing.sql(lock);
    const waiting = ours.sql(lock);
    await untilSql(made.database, WAITING, (rows) => rows.some((row) => row["pid"] === ours.pid));

    const settings = { ...POOL_DEFAULTS, url: made.database.url, applicationName: "look" };
    const link = await Link.open(settings, () => undefined, ctx);
    assert.deepEqual(await findBlockers(link, [ours.pid], ctx), []);

    await link.end();
    await changing.sql("COMMIT");
    await waiting;
  });

  it("[PG-18] tells when all connections have been taken for too long, and when there are some again", async () => {
    const events = new WatchedEvents();
    const options = {
      monitor: { ...EAGER, cancelAfterMs: false },
      pool: { ...PATIENT, max: 1, min: 1, readyWaitMs: 1 },
      onEvent: events.onEvent,
    } as const;
    await using made = await temporaryArchive(server, options);
    await using holder = await idleHolder(made.database);
    const writes = [made.archive.write([item], ctx), made.archive.write([item], ctx)];

    const { waitedMs } = await events.first("pool_exhausted");
    await holder.sql("ROLLBACK");
    await Promise.all(writes);
    const { afterMs } = await events.first("pool_recovered");

    assert.equal(waitedMs >= 1 && afterMs >= waitedMs, true);
    assert.equal(events.of("pool_exhausted").length, 1);
  });

  it("[PG-18] is not ready while PostgreSQL does not answer, and ready again by itself", async () => {
    await using made = await watched({ probeMs: 1_000 });
    const { archive, events } = made;
    const { server: postgres } = server;
    assert.equal(archive.health, undefined);

    postgres.freeze();
    await events.first("postgres_down");
    assert.match(archive.health ?? "", /has not answered within 1000 ms\. It has been so for \d+ s\./);
    postgres.thaw();
    await events.first("postgres_up");
    assert.equal(archive.health, undefined);

    events.all.length = 0;
    await postgres.kill();
    await events.first("postgres_down");
    assert.match(archive.health ?? "", /does not answer/);
    await postgres.restart();
    await events.first("postgres_up");
    assert.equal(archive.health, undefined);
    await archive.write([item], ctx);
    assert.deepEqual(await seqs(archive), [1]);
  });

  it("[PG-18] is not ready from the moment an operation has waited readyWaitMs for a connection", async () => {
    const clock = new FakeClock({ wall: Date.UTC(2026, 0, 1) });
    const options = { pool: { max: 1, min: 1, readyWaitMs: 2_000 } };
    await using made = await temporaryArchive(server, options, rootContext({ clock }));
    const { archive, database } = made;
    await using holder = await idleHolder(database);
    const writes = [archive.write([item], ctx), archive.write([item], ctx)];
    await untilSql(database, WAITING, (rows) => rows.length === 1);

    await clock.advance(1_999);
    assert.equal(archive.health, undefined);
    await clock.advance(1);
    assert.match(archive.health ?? "", /All 1 connections .* taken; one operation has waited for 2000 ms/);

    await holder.sql("ROLLBACK");
    await Promise.all(writes);
    assert.equal(archive.health, undefined);
  });
});
