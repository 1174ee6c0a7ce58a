import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { after, before, describe, it, type TestContext } from "node:test";
import type { Claim, KafkaLog, LogStores } from "@barrage/cluster";
import type { HeldDanmaku, IdempotencyKey, LogRecord } from "@barrage/engine";
import { background, type Context } from "@barrage/kernel";
import { danmaku, missingForKafka, requireOrSkip, startKafka, type RunningKafka } from "@barrage/testkit";
import { KafkaLink } from "../../src/kafka/kafka-link.ts";
import { Producer } from "../../src/kafka/producer.ts";
import type { Stored } from "../../src/kafka/produce-request.ts";
import { encodeRecord, sizeOf } from "../../src/kafka/record-codec.ts";
import { offsetAfter } from "../../src/kafka/seq.ts";
import { withDefaults } from "../../src/kafka/settings.ts";
import { MemoryHeld, MemoryKeys, memoryStores } from "./support/memory-stores.ts";
import { openLog } from "./support/open-log.ts";
import { PATIENT } from "./support/patience.ts";

const ctx = background;
const SHORT_LEASE_MS = 50;
/** Kafka's code of a refusal that says nothing of an earlier try. */
const TOPIC_AUTHORIZATION_FAILED = 29;
const key = (id: string, bodyHash = "hash"): IdempotencyKey => ({ scope: "a\nu1", id, bodyHash });

/** Ids that a follower of the only partition is given, up to the record with the id `last`. */
async function given(log: KafkaLog, last: string): Promise<readonly string[]> {
  const ids: string[] = [];
  for await (const records of log.partition(0).follow(0, ctx)) {
    ids.push(...records.map(({ entry }) => entry.id));
    if (ids.includes(last)) break;
  }
  return ids;
}

const idsOf = (records: readonly LogRecord[]): readonly string[] => records.map(({ entry }) => entry.id);

/** Ids that a reader of the only partition is given. */
const stored = async (log: KafkaLog): Promise<readonly string[]> =>
  idsOf(await log.partition(0).read(0, 1_000, ctx));

/** Records that the only partition has, repeats included. */
async function count(log: KafkaLog): Promise<number> {
  const head = await log.partition(0).head(ctx);
  return head === 0 ? 0 : offsetAfter(1, head);
}

describe("an append under a key", requireOrSkip("kafka", missingForKafka() === undefined), () => {
  let kafka: RunningKafka;
  before(async () => {
    kafka = await startKafka({ brokers: 1 });
  });
  after(() => kafka[Symbol.asyncDispose]());

  /** An ingest that dies after its append was stored and before the key store knew. */
  async function appendAndDie(topic: string, stores: LogStores, t: TestContext, id?: string): Promise<void> {
    class NeverSettles extends MemoryKeys {
      override claim(claimed: IdempotencyKey, id: string, _: number, own: Context): Promise<Claim> {
        return stores.keys.claim(claimed, id, SHORT_LEASE_MS, own);
      }
      override settle(): Promise<void> {
        return Promise.reject(new Error("the process is dead"));
      }
    }
    const dying = await openLog(kafka, t, { topic, stores: { ...stores, keys: new NeverSettles() } });
    const name = id === undefined ? "first" : `first ${id}`;
    await dying.append({ room: "a", entry: danmaku(name), key: key(id ?? "m1") }, ctx);
    await dying.close();
  }

  it("[KL-48] that was stored unheard and refused when it was sent again takes nobody else's place", async (t) => {
    const topic = `danmu-${randomUUID()}`;
    const log = await openLog(kafka, t, { topic });
    const options = { brokers: kafka.bootstrap, topic, partitions: 1, lingerMs: 0, ...PATIENT };
    const settings = withDefaults({ ...options, safety: "development" });
    const link = new KafkaLink(settings, ctx);
    t.after(() => link.close());
    let sent = 0;
    const ofBroker: KafkaLink["calls"]["ofBroker"] = async (broker, call, send, own) => {
      const answer = await link.calls.ofBroker(broker, call, send, own);
      sent += 1;
      if (sent === 1) throw new Error("the answer is lost");
      const refused = new Map<number, Stored>([[0, { code: TOPIC_AUTHORIZATION_FAILED, firstOffset: -1 }]]);
      // Only appends go this way here.
      return sent === 2 ? (refused as typeof answer) : answer;
    };
    const view: KafkaLink["view"] = (name, own) => link.view(name, own);
    const faulty = Object.create(link, {
      calls: { value: { ofBroker } },
      view: { value: view },
    }) as KafkaLink;
    const producer = new Producer(faulty, topic, await link.view(topic, ctx), { settings, ctx });
    // Ends before the link, whatever becomes of the test.
    t.after(() => producer.close());
    const append = (id: string): Promise<number> => {
      const record = encodeRecord({ room: "a", entry: danmaku(id), live: true });
      return producer.append(0, [record], sizeOf(record), ctx);
    };

    await assert.rejects(append("unknown"), { code: "BARRAGE_LOG_UNAVAILABLE" });
    const offset = await append("acknowledged");

    const records = await log.partition(0).read(0, 9, ctx);
    assert.equal(records.find(({ seq }) => offsetAfter(1, seq) === offset + 1)?.entry.id, "acknowledged");
  });

  it("[KL-47] is known as acknowledged by the process that answered it, also where another had stored it", async (t) => {
    const options = { topic: `danmu-${randomUUID()}`, stores: memoryStores() };
    const [log, other] = [await openLog(kafka, t, options), await openLog(kafka, t, options)];
    const append = (to: KafkaLog) => to.append({ room: "a", entry: danmaku("d1"), key: key("m1") }, ctx);

    const first = await append(log);
    assert.deepEqual(
      [log.acknowledged("a"), other.acknowledged("a")],
      [first.status === "held" ? 0 : first.seq, 0],
    );
    await append(other);
    assert.equal(other.acknowledged("a"), log.acknowledged("a"));

    await log.appendAll([{ room: "b", entry: danmaku("d2") }], ctx);
    const [, second] = await log.partition(0).read(0, 9, ctx);
    assert.equal(log.acknowledged("b"), second?.seq);
  });

  it("[KL-7, KL-40] that was stored when its process died yields one danmaku after the retry, under its first id", async (t) => {
    const topic = `danmu-${randomUUID()}`;
    const stores = memoryStores();
    await appendAndDie(topic, stores, t);
    const log = await openLog(kafka, t, { topic, stores });

    let retry: Awaited<ReturnType<KafkaLog["append"]>> | undefined;
    while (retry === undefined) {
      // Until the claim's lease has ended, the answer is to come again.
      const again = log.append({ room: "a", entry: danmaku("second"), key: key("m1") }, ctx);
      retry = await again.catch((error: { code: string }) => {
        assert.equal(error.code, "BARRAGE_LOG_UNAVAILABLE");
        return undefined;
      });
    }
    await log.append({ room: "a", entry: danmaku("last") }, ctx);

    const [first] = await log.partition(0).read(0, 1, ctx);
    assert.deepEqual(retry, { status: "appended", id: "first", seq: first?.seq });
    assert.equal(await count(log), 3);
    assert.deepEqual(await stored(log), ["first", "last"]);
    assert.deepEqual(await given(log, "last"), ["first", "last"]);
  });

  it("[KL-7] that the key store forgot is left out by readers, by the key in the record", async (t) => {
    const topic = `danmu-${randomUUID()}`;
    // Each has a key store of its own: what one knows is lost on the other.
    const one = await openLog(kafka, t, { topic });
    const two = await openLog(kafka, t, { topic });

    await one.append({ room: "a", entry: danmaku("first"), key: key("m1") }, ctx);
    await two.append({ room: "a", entry: danmaku("second"), key: key("m1") }, ctx);
    await two.append({ room: "a", entry: danmaku("last") }, ctx);

    assert.equal(await count(two), 3);
    assert.deepEqual(await stored(two), ["first", "last"]);
    assert.deepEqual(await given(two, "last"), ["first", "last"]);
  });

  it("[KL-7] is left out by a reader that begins between the two, too", async (t) => {
    const topic = `danmu-${randomUUID()}`;
    const one = await openLog(kafka, t, { topic });
    const two = await openLog(kafka, t, { topic });
    const first = await one.append({ room: "a", entry: danmaku("first"), key: key("m1") }, ctx);
    await two.append({ room: "a", entry: danmaku("second"), key: key("m1") }, ctx);
    await two.append({ room: "a", entry: danmaku("last") }, ctx);

    const after = "seq" in first ? first.seq : 0;
    const next = await two.partition(0).follow(after, ctx)[Symbol.asyncIterator]().next();

    assert.deepEqual(
      (next.value ?? []).map(({ entry }) => entry.id),
      ["last"],
    );
  });

  for (const isFollowed of [false, true]) {
    it(`[KL-7] is left out of what is read of the room, from before and from between${isFollowed ? ", while it is followed" : ""}`, async (t) => {
      const topic = `danmu-${randomUUID()}`;
      const one = await openLog(kafka, t, { topic });
      const two = await openLog(kafka, t, { topic });
      const first = await one.append({ room: "a", entry: danmaku("first"), key: key("m1") }, ctx);
      await two.append({ room: "b", entry: danmaku("other") }, ctx);
      await two.append({ room: "a", entry: danmaku("second"), key: key("m1") }, ctx);
      await two.append({ room: "a", entry: danmaku("first") }, ctx);
      await two.append({ room: "a", entry: danmaku("last") }, ctx);
      const partition = two.partition(0);
      const between = "seq" in first ? first.seq : 0;
      const followed = partition.follow(0, ctx)[Symbol.asyncIterator]();
      if (isFollowed) await followed.next();

      assert.equal(await count(two), 5);
      assert.deepEqual(idsOf(await partition.read(0, 10, ctx, "a")), ["first", "last"]);
      assert.deepEqual(idsOf(await partition.read(between, 10, ctx, "a")), ["last"]);
      // Page by page, and again from between after one page.
      const page = await partition.read(0, 1, ctx);
      assert.deepEqual(idsOf(page), ["first"]);
      assert.deepEqual(idsOf(await partition.read(page[0]?.seq ?? 0, 10, ctx)), ["other", "last"]);
      assert.deepEqual(idsOf(await partition.read(between, 1, ctx, "a")), ["last"]);
      await followed.return(undefined);
    });
  }

  it("[KL-41] is answered with come-again while the key store is down, and stores nothing", async (t) => {
    const stores = memoryStores();
    const log = await openLog(kafka, t, { stores });
    stores.keys.isDown = true;

    await assert.rejects(log.append({ room: "a", entry: danmaku("d1"), key: key("m1") }, ctx), {
      code: "BARRAGE_LOG_UNAVAILABLE",
    });
    await assert.rejects(log.lookup(key("m1"), ctx), { code: "BARRAGE_LOG_UNAVAILABLE" });
    stores.keys.isDown = false;

    assert.deepEqual(await stored(log), []);
  });

  it("[KL-40] that was refused unstored leaves its key unused", async (t) => {
    const stores = memoryStores();
    const full = await openLog(kafka, t, { stores, maxAppends: 0 });
    const log = await openLog(kafka, t, { stores });

    await assert.rejects(full.append({ room: "a", entry: danmaku("d1"), key: key("m1") }, ctx), {
      code: "BARRAGE_OVERLOADED",
    });

    const outcome = await log.append({ room: "a", entry: danmaku("d2"), key: key("m1", "another") }, ctx);
    assert.equal(outcome.status, "appended");
  });

  it("[KL-42] many under keys of which two are the same are stored once each, in order", async (t) => {
    const log = await openLog(kafka, t);
    const requests = ["m1", "m2", "m1"].map((id, i) => ({
      room: "a",
      entry: danmaku(`d${i}`),
      key: key(id),
    }));

    const outcomes = await log.appendAll(requests, ctx);

    assert.deepEqual(
      outcomes.map(({ status, id }) => [status, id]),
      [
        ["appended", "d0"],
        ["appended", "d1"],
        ["repeated", "d0"],
      ],
    );
    assert.deepEqual(await log.appendAll(requests, ctx), [
      ...outcomes.slice(0, 2).map((each) => ({ ...each, status: "repeated" })),
      outcomes[2],
    ]);
    assert.deepEqual(await stored(log), ["d0", "d1"]);
  });

  it("[KL-42] many that were stored unheard are answered with the places of the first ones when they are sent again", async (t) => {
    const topic = `danmu-${randomUUID()}`;
    const stores = memoryStores();
    for (const id of ["m1", "m2"]) await appendAndDie(topic, stores, t, id);
    const log = await openLog(kafka, t, { topic, stores });
    const requests = ["m1", "m2", "m3"].map((id) => ({
      room: "a",
      entry: danmaku(`again ${id}`),
      key: key(id),
    }));

    let outcomes: Awaited<ReturnType<KafkaLog["appendAll"]>> | undefined;
    while (outcomes === undefined) {
      // Until the claims' leases have ended, the answer is to come again.
      outcomes = await log.appendAll(requests, ctx).catch((error: { code: string }) => {
        assert.equal(error.code, "BARRAGE_LOG_UNAVAILABLE");
        return undefined;
      });
    }

    const records = await log.partition(0).read(0, 9, ctx);
    assert.equal(await count(log), 5);
    assert.deepEqual(idsOf(records), ["first m1", "first m2", "again m3"]);
    assert.deepEqual(
      outcomes.map((outcome) => outcome.status === "appended" && outcome.seq),
      records.map(({ seq }) => seq),
    );
  });

  it("[KL-43] a release whose process died before the queue knew is one danmaku after the next release", async (t) => {
    class DiesOnce extends MemoryHeld {
      private isFirst = true;
      override released(...args: Parameters<MemoryHeld["released"]>): Promise<void> {
        const isFirst = this.isFirst;
        this.isFirst = false;
        return isFirst ? Promise.reject(new Error("the process is dead")) : super.released(...args);
      }
    }
    const log = await openLog(kafka, t, { stores: { ...memoryStores(), held: new DiesOnce() } });
    const held: HeldDanmaku = { room: "a", entry: danmaku("d1"), matched: ["word"] };
    await log.hold(held, key("m1"), ctx);
    const release = (own: Context) => log.append({ room: "a", entry: held.entry, releases: "d1" }, own);

    await assert.rejects(release(ctx), /dead/);
    assert.deepEqual(await log.held("a", 10, ctx), [held]);
    const second = await release(ctx);
    await log.append({ room: "a", entry: danmaku("last") }, ctx);

    assert.equal(second.status, "appended");
    assert.deepEqual(await given(log, "last"), ["d1", "last"]);
    assert.deepEqual(await log.held("a", 10, ctx), []);
  });
});
