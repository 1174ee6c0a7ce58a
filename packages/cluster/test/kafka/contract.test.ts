import { randomUUID } from "node:crypto";
import { after, before, describe } from "node:test";
import { KafkaLog, WholeKafkaLog } from "@barrage/cluster";
import { logContract, missingForKafka, requireOrSkip, startKafka, type RunningKafka } from "@barrage/testkit";
import { PATIENT } from "./support/patience.ts";
import { memoryStores } from "./support/memory-stores.ts";

describe("on a real broker", requireOrSkip("kafka", missingForKafka() === undefined), () => {
  let kafka: RunningKafka;
  before(async () => {
    kafka = await startKafka({ brokers: 1 });
  });
  after(() => kafka[Symbol.asyncDispose]());

  logContract("KafkaLog of one partition", async () => {
    const stores = memoryStores();
    const topic = `danmu-${randomUUID()}`;
    const open = async (): Promise<WholeKafkaLog> => {
      const options = {
        brokers: kafka.bootstrap,
        topic,
        partitions: 1,
        safety: "development",
        lingerMs: 0,
        ...PATIENT,
      } as const;
      return new WholeKafkaLog(await KafkaLog.open({ ...options, group: "router", stores }), stores.keys);
    };
    let log = await open();
    return {
      log,
      except: new Set(["age by append", "masks erased"]),
      reopen: async () => {
        await log.close();
        log = await open();
        return log;
      },
      [Symbol.asyncDispose]: () => log.close(),
    };
  });
});
