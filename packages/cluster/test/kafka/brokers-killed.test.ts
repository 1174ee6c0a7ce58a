import assert from "node:assert/strict";
import { after, before, describe, it, type TestContext } from "node:test";
import { KafkaLog } from "@barrage/cluster";
import { background, isCancelled, scope, sleep } from "@barrage/kernel";
import type { Context } from "@barrage/kernel";
import { danmaku, missingForKafka, requireOrSkip, startKafka, type RunningKafka } from "@barrage/testkit";
import { Admin } from "@platformatic/kafka";
import { assertNothingLost, everything, type Told } from "./support/ledger.ts";
import { memoryStores } from "./support/memory-stores.ts";

const ctx = background;
const ROOMS = ["a", "b", "c", "d", "e", "f"];
/** Appends of one room that are on their way at once. */
const AT_ONCE = 4;
/** Between two such rounds: a ledger of some thousands of records says as much as one of a million. */
const PACE_MS = 50;
/** Far longer than a failover takes on a machine that has other things to do. */
const PATIENCE_MS = 60_000;

/** Appends to a room until cancelled; each append is sent once, and what it was told is written down. */
async function send(log: KafkaLog, room: string, told: Told[], ctx: Context): Promise<void> {
  for (let i = 0; !ctx.cancelled; i += AT_ONCE) {
    const ids = Array.from({ length: AT_ONCE }, (_, k) => `${room}-${i + k}`);
    const answers = await Promise.allSettled(
      ids.map((id) => log.append({ room, entry: danmaku(id) }, background)),
    );
    for (const [k, answer] of answers.entries()) {
      const id = ids[k] ?? "";
      if (answer.status === "fulfilled" && "seq" in answer.value) {
        told.push({ room, id, seq: answer.value.seq });
      } else {
        told.push({ room, id });
        assert.equal(
          answer.status === "rejected" ? answer.reason.code : answer.value.status,
          "BARRAGE_LOG_UNAVAILABLE",
        );
      }
    }
    await sleep(PACE_MS, ctx).catch((error: unknown) => {
      if (!isCancelled(error)) throw error;
    });
  }
}

/** Waits until every room has had `more` answers since now. */
async function progress(told: Map<string, Told[]>, more: number): Promise<void> {
  const goals = new Map([...told].map(([room, list]) => [room, list.filter(hasSeq).length + more]));
  const until = ctx.clock.now() + PATIENCE_MS;
  while ([...told].some(([room, list]) => list.filter(hasSeq).length < (goals.get(room) ?? 0))) {
    assert.equal(ctx.clock.now() < until, true, "appends stand still");
    await sleep(20, ctx);
  }
}

const hasSeq = ({ seq }: Told): boolean => seq !== undefined;

describe("three brokers", requireOrSkip("kafka", missingForKafka() === undefined), () => {
  let kafka: RunningKafka;
  before(async () => {
    kafka = await startKafka({ brokers: 3 });
  });
  after(() => kafka[Symbol.asyncDispose]());

  const open = async (topic: string, t: TestContext): Promise<KafkaLog> => {
    const log = await KafkaLog.open({
      brokers: kafka.bootstrap,
      topic,
      partitions: 4,
      group: "router",
      deliveryTimeoutMs: PATIENCE_MS,
      stores: memoryStores(),
    });
    t.after(() => log.close());
    return log;
  };

  it("[KL-2, KL-3, KL-22] lose nothing acknowledged and keep each room's order when each is killed in turn", async (t) => {
    const log = await open("killed", t);
    const told = new Map(ROOMS.map((room) => [room, [] as Told[]]));
    await scope(async (s) => {
      for (const [room, list] of told) s.spawn((own) => send(log, room, list, own));
      for (const broker of [0, 1, 2]) {
        await progress(told, 20);
        await kafka.kill(broker);
        await progress(told, 20);
        await kafka.start(broker);
      }
      await progress(told, 20);
      s.cancel();
    });
    const all = [...told.values()].flat();

    assertNothingLost(all, await everything(log, all, ctx));
    assert.deepEqual(
      all.filter((each) => !hasSeq(each)),
      [],
    );
  });

  it("[KL-11] are refused a topic that one broker could lose, or that Kafka itself deletes from", async () => {
    const admin = new Admin({ clientId: "test", bootstrapBrokers: [...kafka.bootstrap] });
    const safe = { "min.insync.replicas": "2", "retention.ms": "-1" };
    const unsafe = [
      { name: "min.insync.replicas", value: "1", needed: 2 },
      { name: "unclean.leader.election.enable", value: "true", needed: "false" },
      { name: "cleanup.policy", value: "compact", needed: "delete" },
      { name: "retention.ms", value: "604800000", needed: "-1" },
      { name: "retention.bytes", value: "1073741824", needed: "-1" },
    ];
    try {
      for (const [i, { name, value, needed }] of unsafe.entries()) {
        const topic = `unsafe-${i}`;
        const values = Object.entries({ ...safe, [name]: value });
        const configs = values.map(([each, text]) => ({ name: each, value: text }));
        await admin.createTopics({ topics: [topic], partitions: 1, replicas: 3, configs });

        const options = { brokers: kafka.bootstrap, topic, partitions: 1, group: "router" };
        await assert.rejects(KafkaLog.open({ ...options, stores: memoryStores() }), {
          code: "KAFKA_UNSAFE",
          fields: { topic, setting: name, found: value, needed },
        });
      }
    } finally {
      await admin.close();
    }
  });

  it("[KL-22] a frozen leader is left for another, and what it was asked is stored once", async (t) => {
    const log = await open("frozen", t);
    const told = new Map(ROOMS.map((room) => [room, [] as Told[]]));
    await scope(async (s) => {
      for (const [room, list] of told) s.spawn((own) => send(log, room, list, own));
      await progress(told, 20);
      kafka.freeze(0);
      await progress(told, 20);
      kafka.thaw(0);
      await progress(told, 20);
      s.cancel();
    });
    const all = [...told.values()].flat();

    assertNothingLost(all, await everything(log, all, ctx));
  });
});
