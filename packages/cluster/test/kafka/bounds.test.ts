import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { KAFKA_DEFAULTS } from "@barrage/cluster";
import type { KafkaLog } from "@barrage/cluster";
import { background, sleep } from "@barrage/kernel";
import { danmaku, missingForKafka, requireOrSkip, startKafka, type RunningKafka } from "@barrage/testkit";
import { KafkaLink } from "../../src/kafka/kafka-link.ts";
import { encodeRecord, sizeOf } from "../../src/kafka/record-codec.ts";
import { openLog } from "./support/open-log.ts";

const ctx = background;
const append = (log: KafkaLog, id: string) => log.append({ room: "a", entry: danmaku(id) }, ctx);
const idsOf = async (log: KafkaLog): Promise<readonly string[]> =>
  (await log.partition(0).read(0, 1_000, ctx)).map(({ entry }) => entry.id);

/** Waits until `is`; the file's own limit ends a wait for ever. */
async function until(is: () => boolean): Promise<void> {
  while (!is()) await sleep(5, ctx);
}

/** Freezes the only broker, and goes on when it does not answer any more: on a full machine it may answer once more. */
async function standStill(kafka: RunningKafka, log: KafkaLog): Promise<void> {
  kafka.freeze(0);
  for (let answers = true; answers;) {
    using patience = ctx.cancellable({ timeout: 300 });
    answers = await log
      .partition(0)
      .head(patience)
      .then(
        () => true,
        () => false,
      );
  }
}

describe("a broker that does not answer", requireOrSkip("kafka", missingForKafka() === undefined), () => {
  let kafka: RunningKafka;
  before(async () => {
    kafka = await startKafka({ brokers: 1 });
  });
  after(() => kafka[Symbol.asyncDispose]());

  it("[KL-20] makes appends wait up to a number, and one more is refused at once", async (t) => {
    const log = await openLog(kafka, t, { maxAppends: 3 });
    await append(log, "d0");
    kafka.freeze(0);
    const waiting = ["d1", "d2", "d3"].map((id) => append(log, id));

    await assert.rejects(append(log, "d4"), { code: "BARRAGE_OVERLOADED" });
    assert.equal(log.stats.queued, 3);
    kafka.thaw(0);

    assert.deepEqual(
      (await Promise.all(waiting)).map(({ id }) => id),
      ["d1", "d2", "d3"],
    );
    assert.deepEqual(await idsOf(log), ["d0", "d1", "d2", "d3"]);
    assert.deepEqual([log.stats.queued, log.stats.queuedBytes, log.stats.appended], [0, 0, 4]);
  });

  it("[KL-20] makes appends wait up to a number of bytes: n-1 and n are taken, n+1 is refused", async (t) => {
    const size = sizeOf(encodeRecord({ room: "a", entry: danmaku("d1"), live: true }));
    for (const [maxBytes, taken] of [
      [2 * size + 1, true],
      [2 * size, true],
      [2 * size - 1, false],
    ] as const) {
      const log = await openLog(kafka, t, { maxBytes });
      kafka.freeze(0);
      const first = append(log, "d1");
      const second = Promise.allSettled([append(log, "d2")]);
      assert.equal(log.stats.queued, taken ? 2 : 1);
      kafka.thaw(0);

      await first;
      const [outcome] = await second;
      assert.equal(
        outcome.status === "rejected" ? outcome.reason.code : true,
        taken ? true : "BARRAGE_OVERLOADED",
      );
    }
  });

  it("[KL-21, KL-23] has appends answered that nobody knows the outcome of; they are stored once, in order, when it is back", async (t) => {
    // Long enough for the first append on a machine that is full.
    const log = await openLog(kafka, t, { deliveryTimeoutMs: 2_000 });
    await append(log, "d0");
    await standStill(kafka, log);

    const sent = append(log, "d1");
    const answers = await Promise.allSettled([sent, append(log, "d2")]);
    kafka.thaw(0);

    for (const answer of answers) {
      assert.equal(answer.status === "rejected" && answer.reason.code, "BARRAGE_LOG_UNAVAILABLE");
    }
    // Only when the broker has answered the first one is anything of the partition sent again.
    let last: string | undefined;
    // Ids that sort as they were sent.
    for (let i = 3; last === undefined; i++) {
      const [answer] = await Promise.allSettled([append(log, `d${String.fromCharCode(48 + i)}`)]);
      if (answer.status === "fulfilled") last = answer.value.id;
    }
    const ids = await idsOf(log);
    assert.deepEqual(ids, [...new Set(ids)].toSorted());
    assert.deepEqual([ids[0], ids.at(-1)], ["d0", last]);
  });

  it("[KL-24] is told to the operator for as long as it lasts", async (t) => {
    const log = await openLog(kafka, t, { requestTimeoutMs: 200 });
    await append(log, "d0");
    assert.equal(log.stats.failed, undefined);
    await standStill(kafka, log);
    const waiting = append(log, "d1");

    await until(() => log.stats.failed !== undefined);
    kafka.thaw(0);
    await waiting;

    assert.equal(log.stats.failed, undefined);
  });

  it("[KL-29] is asked no more questions after it was silent too often, and asked again as soon as it answers", async (t) => {
    const log = await openLog(kafka, t, { requestTimeoutMs: 200, metadataTimeoutMs: 200 });
    await append(log, "d0");
    const asks = (): Promise<number> => log.partition(0).head(ctx);
    kafka.freeze(0);
    const waiting = append(log, "d1");

    while (log.calls.totals.refusedOpen === 0) {
      await Promise.allSettled(Array.from({ length: 4 }, asks));
    }
    await assert.rejects(asks(), { code: "KAFKA_UNREACHABLE", message: /until a probe succeeds/ });
    const thawed = ctx.clock.now();
    kafka.thaw(0);
    await waiting;
    await until(() => log.calls.nodes.every(({ circuit }) => circuit !== "open"));

    // Half of what an open circuit waits that nobody tells of the answer.
    assert.equal(ctx.clock.now() - thawed < 30_000, true);
    assert.equal((await asks()) > 0, true);
    assert.deepEqual(await idsOf(log), ["d0", "d1"]);
  });

  it("[KL-29] a broker that is left alone is asked whether it is there, and the next call goes to it once it answers", async (t) => {
    const log = await openLog(kafka, t, { topic: "left-alone" });
    await append(log, "d0");
    const times = { requestTimeoutMs: 500, metadataTimeoutMs: 500 };
    const link = new KafkaLink({ ...KAFKA_DEFAULTS, ...times, brokers: kafka.bootstrap, partitions: 1 });
    t.after(() => link.close());
    const [broker] = (await link.view("left-alone", ctx)).leaders;
    if (broker === undefined) throw new Error("the partition has no leader");
    const call = (send: () => Promise<string>): Promise<string> =>
      link.calls.ofBroker(broker, { operation: "a test", kind: "read" }, send, ctx);
    kafka.freeze(0);
    for (let i = 0; i < 20; i++) {
      await call(() => Promise.reject(new Error("connection refused"))).catch(() => undefined);
    }
    const { failures } = link.calls.health.totals;

    // It has been asked, did not answer, and is still left alone.
    await until(() => link.calls.health.totals.failures > failures + 2);
    assert.deepEqual(link.calls.leftAlone.brokers, [broker]);
    kafka.thaw(0);
    await until(() => link.calls.leftAlone.brokers.length === 0);

    assert.equal(await call(() => Promise.resolve("done")), "done");
  });

  it("[KL-25] an append that is cancelled before it was sent is not stored", async (t) => {
    const log = await openLog(kafka, t);
    await append(log, "d0");
    await standStill(kafka, log);
    // The first is on its way, and the others wait for it.
    const first = append(log, "d1");
    await until(() => log.stats.groups === 2);
    const own = ctx.cancellable();
    const second = log.append({ room: "a", entry: danmaku("d2") }, own);
    const third = append(log, "d3");
    own.cancel();
    kafka.thaw(0);

    await assert.rejects(second, { code: "KERNEL_CANCELLED" });
    await Promise.all([first, third]);
    assert.deepEqual(await idsOf(log), ["d0", "d1", "d3"]);
    assert.equal(log.stats.queuedBytes, 0);
  });

  it("[KL-26] closing answers what was taken, and followers end", async (t) => {
    const log = await openLog(kafka, t);
    const follower = log.partition(0).follow(0, ctx)[Symbol.asyncIterator]();
    const waiting = ["d1", "d2"].map((id) => append(log, id));

    const closing = log.close();

    await assert.rejects(append(log, "d3"), { code: "BARRAGE_DRAINING" });
    assert.deepEqual(
      (await Promise.all(waiting)).map(({ status }) => status),
      ["appended", "appended"],
    );
    await closing;
    await assert.rejects(
      async () => {
        while ((await follower.next()).done !== true);
      },
      { code: "BARRAGE_DRAINING" },
    );
  });
});
