/**
 * A consumer as a process of its own, to be killed or frozen: node consume.ts <brokers> <topic> <partitions> <instance>.
 * Says in lines of JSON what it owns, what it has passed, and when it was fenced.
 */
import { KafkaLog } from "@barrage/cluster";
import { isClusterError } from "@barrage/cluster";
import { background } from "@barrage/kernel";
import { memoryStores } from "./memory-stores.ts";

const [brokers = "", topic = "", partitions = "1", instanceId = ""] = process.argv.slice(2);
const say = (line: object): void => void process.stdout.write(`${JSON.stringify(line)}\n`);

const log = await KafkaLog.open({
  brokers: brokers.split(","),
  topic,
  partitions: Number(partitions),
  safety: "development",
  group: "router",
  stores: memoryStores(),
});
using ctx = background.cancellable();
process.once("SIGTERM", () => ctx.cancel());
try {
  await log.consume(
    { group: "router", instanceId, sessionTimeoutMs: 1_500, heartbeatMs: 200 },
    async ({ index, committed, commit }, own) => {
      say({ owns: index, committed });
      for await (const records of log.partition(index).follow(committed, own)) {
        const seq = records.at(-1)?.seq ?? committed;
        try {
          await commit(seq, own);
        } catch (error) {
          if (isClusterError(error)) say({ fenced: index, at: seq });
          throw error;
        }
        say({ passed: index, ids: records.map(({ entry }) => entry.id), seq });
      }
    },
    ctx,
  );
} catch (error) {
  if (!ctx.cancelled) throw error;
} finally {
  await log.close();
}
