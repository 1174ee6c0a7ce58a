import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { KafkaLog } from "@barrage/cluster";
import type { LogRecord } from "@barrage/engine";
import { background, sleep } from "@barrage/kernel";
import {
  author,
  danmaku,
  missingForKafka,
  requireOrSkip,
  START_MS,
  startKafka,
  type RunningKafka,
} from "@barrage/testkit";
import { openLog } from "./support/open-log.ts";

const ctx = background;
const NO_BOUND = Number.MAX_SAFE_INTEGER;
const ROOMS = Array.from({ length: 24 }, (_, i) => `room-${i}`);

const idsOf = (records: readonly LogRecord[]): readonly string[] => records.map(({ entry }) => entry.id);
const readAll = (log: KafkaLog, partition: number) => log.partition(partition).read(0, 10_000, ctx);

describe("a log of several partitions", requireOrSkip("kafka", missingForKafka() === undefined), () => {
  let kafka: RunningKafka;
  before(async () => {
    kafka = await startKafka({ brokers: 1 });
  });
  after(() => kafka[Symbol.asyncDispose]());

  it("[KL-1, KL-3, KL-4] has each room in one, in the order of its appends, with the seq that was answered", async (t) => {
    const log = await openLog(kafka, t, { partitions: 5 });

    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, i) =>
        Promise.all(ROOMS.map((room) => log.append({ room, entry: danmaku(`${room} ${i}`) }, ctx))),
      ),
    );

    const places = new Map(answers.flat().map((answer) => [answer.id, "seq" in answer ? answer.seq : 0]));
    const seen = new Map<string, string[]>();
    for (let partition = 0; partition < 5; partition++) {
      const records = await readAll(log, partition);
      for (const { room, entry, seq } of records) {
        assert.equal(log.partitionOf(room), partition);
        assert.equal(places.get(entry.id), seq);
        seen.set(room, [...(seen.get(room) ?? []), entry.id]);
      }
    }
    for (const room of ROOMS) {
      assert.deepEqual(
        seen.get(room),
        Array.from({ length: 20 }, (_, i) => `${room} ${i}`),
      );
    }
  });

  it("[KL-4] places rooms where Java's producers place that key", async (t) => {
    const log = await openLog(kafka, t, { partitions: 12 });

    // From org.apache.kafka.common.utils.Utils.toPositive(murmur2(key)) % 12.
    assert.deepEqual(
      ["21", "foobar", "a-little-bit-long-string"].map((room) => log.partitionOf(room)),
      [-973932308, -790332482, -985981536].map((hash) => (hash & 0x7fffffff) % 12),
    );
  });

  it("[KL-42] takes many at once for rooms of all partitions, each partition's in one batch", async (t) => {
    const log = await openLog(kafka, t, { partitions: 3 });
    const requests = ROOMS.flatMap((room) =>
      [1, 2].map((i) => ({ room, entry: danmaku(`${room} ${i}`), live: false })),
    );

    const outcomes = await log.appendAll(requests, ctx);

    assert.deepEqual(idsOf(await readAll(log, 0)).length > 0, true);
    assert.deepEqual(
      outcomes.map(({ id }) => id),
      requests.map(({ entry }) => entry.id),
    );
    const all = (await Promise.all([0, 1, 2].map((partition) => readAll(log, partition)))).flat();
    assert.equal(
      all.every(({ live }) => !live),
      true,
    );
    assert.equal(log.stats.groups <= 3, true);
  });

  it("[KL-42] cuts many that fill more than one batch, and keeps their order", async (t) => {
    const log = await openLog(kafka, t, { batchBytes: 2_000 });
    const requests = Array.from({ length: 40 }, (_, i) => ({ room: "a", entry: danmaku(`d${i}`) }));

    await log.appendAll(requests, ctx);

    assert.deepEqual(
      idsOf(await readAll(log, 0)),
      requests.map(({ entry }) => entry.id),
    );
    assert.equal(log.stats.groups > 1, true);
  });

  it("[KL-27] goes on after a record that the broker will not take", async (t) => {
    const log = await openLog(kafka, t);
    const huge = danmaku("huge", { content: "x".repeat(2 * 1024 * 1024) });

    const [before, refused, after] = await Promise.allSettled([
      log.append({ room: "a", entry: danmaku("d1") }, ctx),
      log.append({ room: "a", entry: huge }, ctx),
      log.append({ room: "a", entry: danmaku("d2") }, ctx),
    ]);

    assert.equal(refused.status === "rejected" && refused.reason.cause.code, "KAFKA_REFUSED");
    assert.deepEqual([before.status, after.status], ["fulfilled", "fulfilled"]);
    assert.deepEqual(idsOf(await readAll(log, 0)), ["d1", "d2"]);
  });

  it("[KL-8] hands the trace of a record to whoever reads it", async (t) => {
    const log = await openLog(kafka, t);
    const trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

    await log.append({ room: "a", entry: danmaku("d1", { trace }) }, ctx);
    await log.append({ room: "a", entry: danmaku("d2") }, ctx);

    assert.deepEqual(
      (await readAll(log, 0)).map(({ entry }) => ("trace" in entry ? entry.trace : undefined)),
      [trace, undefined],
    );
  });

  for (const compression of ["none", "gzip", "snappy", "lz4", "zstd"] as const) {
    it(`[KL-5] reads back what was stored with compression ${compression}`, async (t) => {
      const log = await openLog(kafka, t, { compression });
      const ids = Array.from({ length: 300 }, (_, i) => `d${i}`);

      await log.appendAll(
        ids.map((id) => ({ room: "a", entry: danmaku(id, { content: `弹幕 ${id}` }) })),
        ctx,
      );

      assert.deepEqual(idsOf(await readAll(log, 0)), ids);
    });
  }

  it("[KL-44] drops what was appended before a moment, in the broker's time, and never above the floor", async (t) => {
    const log = await openLog(kafka, t);
    const old = await log.appendAll(
      ["d1", "d2", "d3"].map((id) => ({ room: "a", entry: danmaku(id) })),
      ctx,
    );
    const appendedBy = Date.now();
    while (Date.now() <= appendedBy + 1) await sleep(1, ctx);
    const moment = Date.now();
    // An entry from long ago, as imports have them, is as young as its append.
    const young = danmaku("d4", { at: START_MS - 1_000_000 });
    const last = await log.append({ room: "a", entry: young }, ctx);
    const seqs = [...old, last].map((outcome) => ("seq" in outcome ? outcome.seq : 0));
    const policy = { before: moment, keysBefore: 0, maxBytes: NO_BOUND };
    const drop = (floor: number | undefined) => log.partition(0).retain(policy, floor ?? 0, ctx);

    const first = await drop(seqs[1]);
    assert.deepEqual(idsOf(await readAll(log, 0)), ["d3", "d4"]);
    const second = await drop(NO_BOUND);
    assert.deepEqual(idsOf(await readAll(log, 0)), ["d4"]);
    const third = await drop(NO_BOUND);

    assert.deepEqual([first.records, second.records, third.records], [2, 1, 0]);
  });

  it("[KL-45] shows nobody what an erased user wrote before, and everybody what they write after", async (t) => {
    const log = await openLog(kafka, t);
    const mine = { author: author("erika-77"), content: "a secret" };
    await log.append({ room: "a", entry: danmaku("d1", { ...mine, at: Date.now() }) }, ctx);
    await log.append({ room: "a", entry: danmaku("d2") }, ctx);

    await log.erase("erika-77", ctx);
    const later = danmaku("d3", { ...mine, at: Date.now() + 60_000 });
    await log.append({ room: "a", entry: later }, ctx);

    const [first, second, third] = await readAll(log, 0);
    assert.doesNotMatch(JSON.stringify(first), /erika|secret/);
    assert.deepEqual(second?.entry, danmaku("d2"));
    assert.deepEqual(third?.entry, later);
  });
});
