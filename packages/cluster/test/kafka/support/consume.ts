/**
 * A consumer as a process of its own, to be killed or frozen. One argument: JSON of `ConsumerOptions`.
 * Says in lines of JSON what it owns, what it was given, what it has passed, and when it was fenced.
 */
import { once } from "node:events";
import { createInterface } from "node:readline";
import { isClusterError, KafkaLog } from "@barrage/cluster";
import { background } from "@barrage/kernel";
import type { ConsumerOptions } from "./consumer-process.ts";
import { PATIENT } from "./patience.ts";
import { memoryStores } from "./memory-stores.ts";

const { brokers, topic, partitions, instanceId, sessionTimeoutMs, asks }: ConsumerOptions = JSON.parse(
  process.argv[2] ?? "",
);
const say = (line: object): void => void process.stdout.write(`${JSON.stringify(line)}\n`);
const answers = createInterface({ input: process.stdin });

const log = await KafkaLog.open({
  brokers,
  topic,
  partitions,
  safety: "development",
  ...PATIENT,
  group: "router",
  stores: memoryStores(),
});
using ctx = background.cancellable();
process.once("SIGTERM", () => ctx.cancel());
try {
  await log.consume(
    { group: "router", instanceId, sessionTimeoutMs, heartbeatMs: 200 },
    async ({ index, committed, commit }, own) => {
      say({ type: "owns", partition: index });
      for await (const records of log.partition(index).follow(committed, own)) {
        const ids = records.map(({ entry }) => entry.id);
        say({ type: "given", partition: index, ids });
        if (asks) await once(answers, "line");
        try {
          await commit(records.at(-1)?.seq ?? committed, own);
        } catch (error) {
          say({ type: isClusterError(error) ? error.code : "cancelled", partition: index, ids });
          throw error;
        }
        say({ type: "passed", partition: index, ids });
      }
    },
    ctx,
  );
} catch (error) {
  if (!ctx.cancelled) throw error;
} finally {
  answers.close();
  process.stdin.destroy();
  await log.close();
}
