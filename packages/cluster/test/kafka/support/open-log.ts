import { randomUUID } from "node:crypto";
import type { TestContext } from "node:test";
import { KafkaLog, type KafkaLogOptions } from "@barrage/cluster";
import type { RunningKafka } from "@barrage/testkit";
import { PATIENT } from "./patience.ts";
import { memoryStores } from "./memory-stores.ts";

/** A log on a topic of its own, without replicas unless `more` says otherwise; closed with the test. */
export async function openLog(
  kafka: RunningKafka,
  t: TestContext,
  more: Partial<KafkaLogOptions> = {},
): Promise<KafkaLog> {
  const log = await KafkaLog.open({
    brokers: kafka.bootstrap,
    topic: `danmu-${randomUUID()}`,
    partitions: 1,
    safety: "development",
    ...PATIENT,
    lingerMs: 0,
    group: "router",
    stores: memoryStores(),
    ...more,
  });
  t.after(() => log.close());
  return log;
}
