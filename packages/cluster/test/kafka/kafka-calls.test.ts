import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { background } from "@barrage/kernel";
import { ResponseError } from "@platformatic/kafka";
import type { Broker } from "@platformatic/kafka";
import { KafkaCalls } from "../../src/kafka/kafka-calls.ts";
import type { KafkaCallOptions } from "../../src/kafka/kafka-calls.ts";

const NOT_LEADER = 6;
const PRODUCE = 0;

const broker = (id: number): Broker => ({ host: "kafka", port: 9_092 + id });
const APPEND: KafkaCallOptions = { operation: "an append", kind: "append" };
const calls = (): KafkaCalls => new KafkaCalls({ requestTimeoutMs: 1_000, partitions: 12 });
const gone = (): Promise<never> => Promise.reject(new Error("connection refused"));
const works = (): Promise<string> => Promise.resolve("done");
const refused = (): Promise<never> =>
  Promise.reject(new ResponseError(PRODUCE, 11, { "/0": [NOT_LEADER, null] }, {}));

async function times(count: number, call: () => Promise<unknown>): Promise<void> {
  for (let i = 0; i < count; i++) await call().catch(() => undefined);
}

describe("calls of Kafka", () => {
  it("[KL-28] a broker that is gone is left alone, and the others are not", async () => {
    const kafka = calls();
    await times(20, () => kafka.ofBroker(broker(0), APPEND, gone, background));

    await assert.rejects(kafka.ofBroker(broker(0), APPEND, works, background), {
      code: "CLUSTER_CIRCUIT_OPEN",
    });
    assert.equal(await kafka.ofBroker(broker(1), APPEND, works, background), "done");
    assert.deepEqual(kafka.leftAlone, { brokers: [broker(0)], cluster: false });
  });

  it("[KL-28] a broker that says no is there: it is not left alone", async () => {
    const kafka = calls();
    await times(20, () => kafka.ofBroker(broker(0), APPEND, refused, background));

    await assert.rejects(kafka.ofBroker(broker(0), APPEND, refused, background), ResponseError);
    assert.deepEqual(kafka.leftAlone, { brokers: [], cluster: false });
    assert.equal(kafka.health.totals.failures, 0);
  });

  it("[KL-29] the question who leads what is asked also while the cluster is left alone, and ends that", async () => {
    const kafka = calls();
    const question: KafkaCallOptions = { operation: "a question", kind: "question" };
    await times(20, () => kafka.ofCluster(question, gone, background));
    assert.deepEqual(kafka.leftAlone, { brokers: [], cluster: true });
    await assert.rejects(kafka.ofCluster(question, works, background), { code: "CLUSTER_CIRCUIT_OPEN" });

    const leaders: KafkaCallOptions = { operation: "the leaders", kind: "leaders", probes: true };
    await kafka.ofCluster(leaders, works, background);

    assert.equal(await kafka.ofCluster(question, works, background), "done");
    assert.deepEqual(kafka.leftAlone, { brokers: [], cluster: false });
  });

  it("[KL-29] a broker that does not take part any more is forgotten", async () => {
    const kafka = calls();
    await times(20, () => kafka.ofBroker(broker(0), APPEND, gone, background));

    kafka.seen([broker(0), broker(1)]);
    assert.equal(kafka.leftAlone.brokers.length, 1);
    kafka.seen([broker(1)]);

    assert.deepEqual(kafka.health.nodes, []);
    assert.equal(await kafka.ofBroker(broker(0), APPEND, works, background), "done");
  });
});
