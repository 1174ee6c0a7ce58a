import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { after, before, describe, it } from "node:test";
import { KafkaLog, seqOf, type KafkaLogOptions } from "@barrage/cluster";
import { background } from "@barrage/kernel";
import {
  danmaku,
  freePorts,
  missingForKafka,
  requireOrSkip,
  startKafka,
  type RunningKafka,
} from "@barrage/testkit";
import { Admin, ConfigResourceTypes, Producer } from "@platformatic/kafka";
import { PATIENT } from "./support/patience.ts";
import { memoryStores } from "./support/memory-stores.ts";
import { openLog } from "./support/open-log.ts";

const ctx = background;

describe("the topic at start", requireOrSkip("kafka", missingForKafka() === undefined), () => {
  let kafka: RunningKafka;
  let admin: Admin;
  before(async () => {
    kafka = await startKafka({ brokers: 1 });
    admin = new Admin({ clientId: "test", bootstrapBrokers: [...kafka.bootstrap] });
  });
  after(async () => {
    await admin.close();
    await kafka[Symbol.asyncDispose]();
  });

  const open = (more: Partial<KafkaLogOptions>): Promise<KafkaLog> =>
    KafkaLog.open({
      brokers: kafka.bootstrap,
      group: "router",
      stores: memoryStores(),
      partitions: 1,
      ...PATIENT,
      ...more,
    });

  it("[KL-10] is made as configured, on the broker's clock, and kept until the log deletes", async (t) => {
    const log = await openLog(kafka, t, { topic: "made", partitions: 3 });

    assert.equal(log.partitions, 3);
    const resources = [{ resourceType: ConfigResourceTypes.TOPIC, resourceName: "made" }];
    const [described] = await admin.describeConfigs({ resources });
    const values = new Map(described?.configs.map(({ name, value }) => [name, value]));
    assert.equal(values.get("message.timestamp.type"), "LogAppendTime");
    assert.equal(values.get("retention.ms"), "-1");
    assert.equal(values.get("unclean.leader.election.enable"), "false");
    assert.equal(values.get("cleanup.policy"), "delete");
  });

  it("[KL-10] that is missing is refused where making it is off", async () => {
    await assert.rejects(open({ topic: "missing", createTopic: false, safety: "development" }), {
      code: "KAFKA_TOPIC_MISSING",
    });
  });

  it("[KL-11] needs three replicas, or the development settings by name", async () => {
    await assert.rejects(open({ topic: "too-many" }), { code: "KAFKA_TOPIC_REFUSED" });
    await admin.createTopics({ topics: ["single"], partitions: 1, replicas: 1 });

    await assert.rejects(open({ topic: "single" }), { code: "KAFKA_UNSAFE" });
    const log = await open({ topic: "single", safety: "development" });
    await log.close();
  });

  it("[KL-12] with another number of partitions than configured is refused", async (t) => {
    await openLog(kafka, t, { topic: "three", partitions: 3 });

    for (const partitions of [2, 4]) {
      await assert.rejects(open({ topic: "three", partitions, safety: "development" }), {
        code: "KAFKA_PARTITIONS_CHANGED",
      });
    }
  });

  it("[KL-13] that two processes make at once is one topic", async () => {
    const topic = `danmu-${randomUUID()}`;

    const logs = await Promise.all([1, 2].map(() => open({ topic, safety: "development" })));

    assert.deepEqual(
      logs.map(({ partitions }) => partitions),
      [1, 1],
    );
    for (const log of logs) await log.close();
  });

  it("[KL-14] of an epoch that another has followed is refused", async (t) => {
    await openLog(kafka, t, { topic: "epochs", epoch: 1 });
    await openLog(kafka, t, { topic: "epochs", epoch: 2, partitions: 2 });

    await assert.rejects(open({ topic: "epochs", epoch: 1, safety: "development" }), {
      code: "KAFKA_EPOCH_OLD",
    });
  });

  it("[KL-15] of the next epoch begins when all of the one before is passed, with higher seqs", async (t) => {
    const topic = "drained";
    const first = await openLog(kafka, t, { topic });
    const [one, two] = await first.appendAll(
      ["d1", "d2"].map((id) => ({ room: "a", entry: danmaku(id) })),
      ctx,
    );
    const next = { topic, epoch: 2, partitions: 2, safety: "development" } as const;
    await assert.rejects(open(next), { code: "KAFKA_EPOCH_NOT_DRAINED" });
    // Who is to drain it may be started again.
    await (await open({ topic, safety: "development" })).close();
    await first.partition(0).commit("router", one !== undefined && "seq" in one ? one.seq : 0, ctx);
    await assert.rejects(open(next), { code: "KAFKA_EPOCH_NOT_DRAINED" });

    const end = two !== undefined && "seq" in two ? two.seq : 0;
    await first.partition(0).commit("router", end, ctx);
    // Nobody would read the rest of the old epoch any more: what the archiver lacks, history would lack for ever.
    await assert.rejects(open({ ...next, otherGroups: ["archiver"] }), {
      code: "KAFKA_EPOCH_NOT_DRAINED",
      fields: { topic, records: 2, group: "archiver" },
    });
    await first.partition(0).commit("archiver", end, ctx);
    await (await open({ ...next, otherGroups: ["archiver"] })).close();

    const second = await openLog(kafka, t, next);
    const outcome = await second.append({ room: "a", entry: danmaku("d3") }, ctx);
    assert.deepEqual(outcome, { status: "appended", id: "d3", seq: seqOf(2, 0) });
    const records = await second.partition(second.partitionOf("a")).read(seqOf(1, 1), 10, ctx);
    assert.deepEqual(
      records.map(({ entry }) => entry.id),
      ["d3"],
    );
  });

  it("[KL-16] on brokers that do not answer is a coded error", async () => {
    const [port] = await freePorts(1);

    await assert.rejects(open({ brokers: [`127.0.0.1:${port}`], safety: "development" }), {
      code: "KAFKA_UNREACHABLE",
    });
  });

  it("[KL-6] with somebody else's record stops its reader there", async (t) => {
    const topic = "foreign";
    const log = await openLog(kafka, t, { topic });
    const stranger = new Producer({ clientId: "stranger", bootstrapBrokers: [...kafka.bootstrap] });
    await stranger.send({
      messages: [{ topic, key: Buffer.from("a"), value: Buffer.from("hello") }],
      acks: -1,
    });
    await stranger.close();

    await assert.rejects(log.partition(0).read(0, 10, ctx), { code: "KAFKA_RECORD_INVALID" });
    await assert.rejects(log.partition(0).follow(0, ctx)[Symbol.asyncIterator]().next(), {
      code: "KAFKA_RECORD_INVALID",
    });
  });
});
