import assert from "node:assert/strict";
import { describe, it } from "node:test";
import * as fc from "fast-check";
import type { Archive, ArchivedItem, HistoryQuery } from "@barrage/engine";
import { rootContext } from "@barrage/kernel";
import type { Context } from "@barrage/kernel";
import type { GiftEntry } from "@barrage/protocol";
import { author, danmaku, FakeClock, MemoryArchive, placed, recall, START_MS } from "@barrage/testkit";
import { needsPostgres, temporaryArchive, temporaryServer } from "../support/temporary-archive.ts";

const RUNS = 20;
const DAY_MS = 86_400_000;
const NO_BOUND = Number.MAX_SAFE_INTEGER;
const ROOMS = ["a", "b"];
const USERS = ["u1", "u2", "弹\0幕\u{D800}"];

/** Moments around the clock's, in several partitions and in none, many of them equal. */
const moment = fc.oneof(
  fc.integer({ min: -3, max: 3 }).map((ms) => START_MS + ms),
  fc.integer({ min: -100, max: 100 }).map((days) => START_MS + days * DAY_MS),
  fc.constantFrom(0, START_MS - 4_000 * DAY_MS, START_MS + 4_000 * DAY_MS),
);

const record = fc.record({
  room: fc.constantFrom(...ROOMS),
  uid: fc.constantFrom(...USERS),
  at: moment,
  isGift: fc.boolean(),
  /** Danmaku, or what it recalls: an earlier record, counted back, or a user. */
  recalls: fc.oneof(
    { weight: 6, arbitrary: fc.constant(undefined) },
    { weight: 1, arbitrary: fc.integer({ min: 1, max: 8 }).map((back) => ({ back })) },
    { weight: 1, arbitrary: fc.constantFrom(...USERS).map((uid) => ({ uid })) },
  ),
  /** Written one batch later than it should. */
  isLate: fc.boolean().map((late) => late),
});
type RandomRecord = typeof record extends fc.Arbitrary<infer T> ? T : never;

const operation = fc.oneof(
  { weight: 5, arbitrary: fc.record({ write: fc.array(record, { maxLength: 12 }), again: fc.nat(5) }) },
  {
    weight: 3,
    arbitrary: fc.record({
      from: fc.option(moment),
      to: fc.option(moment),
      limit: fc.integer({ min: 1, max: 7 }),
      onlyKept: fc.boolean(),
    }),
  },
  { weight: 1, arbitrary: fc.record({ erase: fc.constantFrom(...USERS) }) },
  { weight: 1, arbitrary: fc.record({ retain: moment }) },
);
type Operation = typeof operation extends fc.Arbitrary<infer T> ? T : never;

const gift = (id: string, uid: string, at: number): GiftEntry => ({
  kind: "gift",
  id,
  at,
  author: author(uid),
  gift_id: "1",
  gift_name: '"kind":"danmaku"',
  count: 1,
  amount_micros: 5,
  currency: "CNY",
});

/** Numbers random records as a log would, and says what of them a batch holds. */
class RandomLog {
  private readonly batches: ArchivedItem[][] = [];
  private late: ArchivedItem[] = [];
  private seq = 0;

  /** The next batch: what was late, some of the batch before again, and the new ones. */
  batch(records: readonly RandomRecord[], again: number): readonly ArchivedItem[] {
    const fresh = records.map((each) => ({ item: this.place(each), isLate: each.isLate }));
    const before = this.batches.at(-1) ?? [];
    const batch = [...before.slice(0, again), ...this.late];
    this.late = fresh.flatMap(({ item, isLate }) => (isLate ? [item] : []));
    batch.push(...fresh.flatMap(({ item, isLate }) => (isLate ? [] : [item])));
    batch.sort((one, other) => one.item.seq - other.item.seq);
    this.batches.push(batch);
    return batch;
  }

  /** After something was deleted nothing older is written again. */
  forgetBatches(): void {
    this.batches.length = 0;
  }

  private place({ room, uid, at, isGift, recalls }: RandomRecord): ArchivedItem {
    this.seq += 1;
    const { seq } = this;
    if (recalls === undefined && isGift) return { room, item: { ...gift(`d${seq}`, uid, at), seq, n: seq } };
    if (recalls === undefined) return placed(room, seq, danmaku(`d${seq}`, { at, author: author(uid) }));
    const target = "uid" in recalls ? recalls : { id: `d${seq - recalls.back}` };
    return placed(room, seq, { ...recall(`d${seq}`, target), at, author: author(uid) });
  }
}

async function everything(archive: Archive, ctx: Context): Promise<unknown> {
  const found: unknown[] = [];
  for (const room of ROOMS) {
    found.push(await archive.query({ room, after: 0, limit: 1_000 }, ctx));
    found.push(await archive.latest(room, 5, ctx));
    for (const seq of [1, 2, 5, 12]) found.push((await archive.find(room, `d${seq}`, ctx)) ?? null);
  }
  return found;
}

async function pages(archive: Archive, range: Omit<HistoryQuery, "room" | "after">, ctx: Context) {
  const found: unknown[] = [];
  for (const room of ROOMS) {
    for (let after: number | undefined = 0; after !== undefined;) {
      const page: Awaited<ReturnType<Archive["query"]>> = await archive.query({ room, ...range, after }, ctx);
      found.push(page);
      after = page.next;
    }
  }
  return found;
}

async function agree(archive: Archive, operations: readonly Operation[], ctx: Context): Promise<void> {
  const model = new MemoryArchive();
  const log = new RandomLog();
  let floor = Number.NEGATIVE_INFINITY;
  for (const each of operations) {
    if ("write" in each) {
      const batch = log.batch(each.write, each.again);
      await archive.write(batch, ctx);
      await model.write(batch);
      // What is older than the last retention is not there, whenever it is written.
      await model.retain({ before: floor, maxBytes: NO_BOUND });
    } else if ("erase" in each) {
      const rooms = await archive.erase(each.erase, ctx);
      assert.deepEqual(rooms.toSorted(), (await model.erase(each.erase)).toSorted());
      log.forgetBatches();
    } else if ("retain" in each) {
      floor = each.retain;
      const policy = { before: floor, maxBytes: NO_BOUND };
      assert.equal(await archive.retain(policy, ctx), await model.retain(policy));
      log.forgetBatches();
    } else {
      const { limit, onlyKept } = each;
      const range = {
        limit,
        onlyKept,
        ...(each.from === null ? {} : { from: each.from }),
        ...(each.to === null ? {} : { to: each.to }),
      };
      assert.deepEqual(await pages(archive, range, ctx), await pages(model, range, ctx));
    }
    assert.deepEqual(await everything(archive, ctx), await everything(model, ctx));
  }
}

describe("an archive on PostgreSQL", needsPostgres(), () => {
  const server = temporaryServer();

  it("[PG-4, PG-42] agrees with a list in memory, whatever is written, recalled, erased and retained", async () => {
    const ctx = rootContext({ clock: new FakeClock({ wall: START_MS }) });
    const property = fc.asyncProperty(fc.array(operation, { maxLength: 12 }), async (operations) => {
      await using made = await temporaryArchive(server, {}, ctx);
      await agree(made.archive, operations, ctx);
    });
    await fc.assert(property, { numRuns: RUNS });
  });
});
