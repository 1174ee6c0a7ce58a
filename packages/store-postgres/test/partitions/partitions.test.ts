import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { background, rootContext } from "@barrage/kernel";
import type { Context } from "@barrage/kernel";
import { danmaku, FakeClock, placed } from "@barrage/testkit";
import { openPostgresArchive } from "../../src/index.ts";
import type { PartitionOptions, PostgresArchive } from "../../src/index.ts";
import { session } from "../support/session.ts";
import { needsPostgres, temporaryServer } from "../support/temporary-archive.ts";
import type { Database } from "../support/temporary-archive.ts";
import { WatchedEvents } from "../support/watched-events.ts";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const NOW = Date.UTC(2026, 4, 10, 12);
const NO_BOUND = Number.MAX_SAFE_INTEGER;
const BY_DAY: Partial<PartitionOptions> = { by: "day", behind: 2, ahead: 1, everyMs: HOUR_MS };

const item = (seq: number, at: number) => placed("a", seq, danmaku(`d${seq}`, { at }));
const table = (day: number): string =>
  `archive_item_202605${String(day).padStart(2, "0")}_202605${String(day + 1).padStart(2, "0")}`;

async function tables({ sql }: Database): Promise<readonly string[]> {
  const rows = await sql(
    "SELECT inhrelid::regclass::text AS name FROM pg_inherits WHERE inhparent = 'archive_item'::regclass ORDER BY 1",
  );
  return rows.map((row) => String(row["name"])).filter((name) => name !== "archive_item_stray");
}

/** Where each record lies, by seq. */
async function places({ sql }: Database): Promise<Record<string, string>> {
  const rows = await sql("SELECT seq, tableoid::regclass::text AS place FROM archive_item ORDER BY seq");
  return Object.fromEntries(rows.map((row) => [String(row["seq"]), String(row["place"])]));
}

describe("the partitions of the archive", needsPostgres(), () => {
  const server = temporaryServer();

  const opened = async (partitions: Partial<PartitionOptions> = BY_DAY) => {
    const clock = new FakeClock({ wall: NOW });
    const ctx = rootContext({ clock });
    const events = new WatchedEvents();
    const database = await server.database();
    // The clock goes by hours while PostgreSQL works in real time: no bound may lie in between, nor the monitor's look.
    const never = 1_000_000_000_000;
    const pool = { operationMs: never, connectMs: never };
    const options = { partitions, pool, monitor: { everyMs: never }, onEvent: events.onEvent };
    const archive = await openPostgresArchive({ url: database.url, ...options }, ctx);
    return { clock, ctx, events, database, archive, [Symbol.asyncDispose]: () => archive.close() };
  };

  const seqs = async (archive: PostgresArchive, ctx: Context): Promise<readonly number[]> =>
    (await archive.query({ room: "a", after: 0, limit: 100 }, ctx)).items.map(({ seq }) => seq);

  it("[PG-5] are made for now, some before and some after, when it is opened", async () => {
    await using made = await opened();

    assert.deepEqual(await tables(made.database), [8, 9, 10, 11].map(table));
    assert.deepEqual(made.events.of("partitions_made")[0]?.names, [8, 9, 10, 11].map(table));
  });

  it("[PG-5] that cannot be made now, because somebody reads what they are made from, hold up nobody", async () => {
    await using made = await opened({ by: "day", behind: 0, ahead: 0 });
    await using dump = await session(made.database);
    await dump.sql("BEGIN; LOCK TABLE archive_item IN ACCESS SHARE MODE");
    const { url } = made.database;
    const events = new WatchedEvents();

    const partitions = { by: "day", behind: 0, ahead: 1 } as const;
    const archive = await openPostgresArchive(
      { url, partitions, onEvent: events.onEvent },
      rootContext({ clock: made.clock }),
    );
    await archive.write([item(1, NOW)], made.ctx);
    await archive.close();

    const { error } = await events.first("partitions_failed");
    assert.equal((error as { code: string }).code, "PG_BLOCKED");
    assert.deepEqual(await seqs(made.archive, made.ctx), [1]);
    await dump.sql("ROLLBACK");
  });

  it("[PG-5] are made before they are needed, as time goes on", async () => {
    await using made = await opened();
    made.events.all.length = 0;

    const next = made.events.first("partitions_made");
    await made.clock.advance(12 * HOUR_MS);

    assert.deepEqual((await next).names, [table(12)]);
    assert.deepEqual(await tables(made.database), [8, 9, 10, 11, 12].map(table));
  });

  it("[PG-5] are tried again when they could not be made", async () => {
    await using made = await opened();
    await using holder = await session(made.database);
    await holder.sql("BEGIN; LOCK TABLE archive_item_stray");
    made.events.all.length = 0;

    const failed = made.events.first("partitions_failed");
    await made.clock.advance(12 * HOUR_MS);
    assert.equal(((await failed).error as { code: string }).code, "PG_BLOCKED");
    await holder.sql("ROLLBACK");
    const next = made.events.first("partitions_made");
    await made.clock.advance(HOUR_MS);

    assert.deepEqual((await next).names, [table(12)]);
  });

  it("[PG-5] of another length do not overlap those that are there", async () => {
    await using made = await opened({ by: "month", behind: 0, ahead: 0 });
    const { url } = made.database;

    const archive = await openPostgresArchive(
      { url, partitions: { by: "day", behind: 2, ahead: 25 } },
      made.ctx,
    );
    await archive.close();

    const names = await tables(made.database);
    assert.deepEqual(names, [
      "archive_item_20260501_20260601",
      "archive_item_20260601_20260602",
      "archive_item_20260602_20260603",
      "archive_item_20260603_20260604",
      "archive_item_20260604_20260605",
    ]);
  });

  it("[PG-6] leave what has none to the strays, where it is read like any other, until theirs is made", async () => {
    await using made = await opened();
    const { archive, ctx, database, clock } = made;
    const past = item(1, NOW - 3 * DAY_MS);
    const future = item(3, NOW + 2 * DAY_MS);
    await archive.write([past, item(2, NOW), future], ctx);
    const stray = "archive_item_stray";
    assert.deepEqual(await places(database), { 1: stray, 2: table(10), 3: stray });
    assert.deepEqual(await seqs(archive, ctx), [1, 2, 3]);

    made.events.all.length = 0;
    await clock.advance(DAY_MS);
    await made.events.first("partitions_made");
    await archive.write([past, item(2, NOW), future, item(4, NOW + 2 * DAY_MS)], ctx);

    assert.deepEqual(await places(database), { 1: stray, 2: table(10), 3: table(12), 4: table(12) });
    assert.deepEqual(await seqs(archive, ctx), [1, 2, 3, 4]);
  });

  it("[PG-7] go whole once all of theirs is too old; of the one between, what is older is not there for readers", async () => {
    await using made = await opened();
    const { archive, ctx, database } = made;
    const bound = NOW - DAY_MS;
    await archive.write(
      [
        item(1, NOW - 3 * DAY_MS),
        item(2, NOW - 2 * DAY_MS),
        item(3, bound - 1),
        item(4, bound),
        item(5, bound + 1),
      ],
      ctx,
    );

    assert.equal(await archive.retain({ before: bound, maxBytes: NO_BOUND }, ctx), 3);

    assert.deepEqual(await seqs(archive, ctx), [4, 5]);
    assert.equal(await archive.find("a", "d3", ctx), undefined);
    assert.deepEqual(
      (await archive.latest("a", 9, ctx)).map(({ seq }) => seq),
      [4, 5],
    );
    assert.deepEqual(await tables(database), [9, 10, 11].map(table));
    assert.deepEqual(Object.keys(await places(database)), ["3", "4", "5"]);
    assert.equal(await archive.retain({ before: bound, maxBytes: NO_BOUND }, ctx), 0);
  });

  it("[PG-7] bring nothing back when the policy gets longer", async () => {
    await using made = await opened();
    const { archive, ctx, database } = made;
    await archive.write([item(1, NOW - 2), item(2, NOW - 1), item(3, NOW)], ctx);
    await archive.retain({ before: NOW, maxBytes: NO_BOUND }, ctx);

    await archive.write([item(4, NOW - 1)], ctx);
    assert.equal(await archive.retain({ before: NOW - 1, maxBytes: NO_BOUND }, ctx), 0);
    await archive.write([item(5, NOW - 1)], ctx);

    assert.deepEqual(await seqs(archive, ctx), [3, 5]);
    assert.deepEqual(Object.keys(await places(database)), ["3", "5"]);
  });

  it("[PG-8] go from the oldest on until the rest is small enough; that of the present stays", async () => {
    await using made = await opened();
    const { archive, ctx, database } = made;
    const text = "x".repeat(2_000);
    const large = (seq: number, at: number) => placed("a", seq, danmaku(`d${seq}`, { at, content: text }));
    const days = [3, 2, 1, 0].flatMap((day, i) =>
      Array.from({ length: 500 }, (_, n) => large(i * 500 + n + 1, NOW - day * DAY_MS)),
    );
    await archive.write(days, ctx);
    const before = NOW - 100 * DAY_MS;
    const bytes = async (): Promise<number> =>
      Number(
        (
          await database.sql(
            "SELECT sum(pg_total_relation_size(inhrelid)) AS bytes FROM pg_inherits WHERE inhparent = 'archive_item'::regclass",
          )
        )[0]?.["bytes"],
      );
    const all = await bytes();

    assert.equal(await archive.retain({ before, maxBytes: all }, ctx), 0);
    assert.equal(await archive.retain({ before, maxBytes: all - 1 }, ctx), 1_000);
    assert.deepEqual(await tables(database), [9, 10, 11].map(table));
    assert.equal((await seqs(archive, ctx))[0], 1_001);

    assert.equal(await archive.retain({ before, maxBytes: 1 }, ctx), 500);
    assert.deepEqual(await tables(database), [10, 11].map(table));
    assert.equal((await seqs(archive, ctx))[0], 1_501);
  });

  it("[PG-7] wait a short time for whoever reads, and go at the next retention", async () => {
    await using made = await opened();
    const { archive, ctx, database } = made;
    await archive.write([item(1, NOW - 2 * DAY_MS)], ctx);
    await using reader = await session(database);
    await reader.sql("BEGIN; SELECT count(*) FROM archive_item");

    const policy = { before: NOW - DAY_MS, maxBytes: NO_BOUND };
    await assert.rejects(archive.retain(policy, ctx), { code: "PG_BLOCKED" });
    assert.deepEqual(await seqs(archive, background), []);
    await reader.sql("COMMIT");
    await archive.retain(policy, ctx);

    assert.deepEqual(await tables(database), [9, 10, 11].map(table));
  });
});
