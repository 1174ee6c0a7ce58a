/**
 * How many danmaku a second the log on Kafka takes with acks = all, and how long each append waits for its answer.
 *
 *   node bench/macro/cluster/kafka-append.ts [--brokers 1] [--seconds 5] [--rates 500,2000,max] [--lingers 0,2,5,10]
 *                                            [--partitions 6] [--batch 524288] [--compressions none,lz4]
 *
 * Starts its own brokers on this machine, which take their share of its cores: the CPU of each side is printed. With a
 * rate, appends come at that rate whatever the answers do; `max` is 512 appenders with one append each on its way.
 */
import { parseArgs } from "node:util";
import { readFileSync } from "node:fs";
import { KafkaLog, type Compression } from "@barrage/cluster";
import { background, scope, sleep } from "@barrage/kernel";
import type { Context } from "@barrage/kernel";
import { danmaku, missingForKafka, startKafka, type RunningKafka } from "@barrage/testkit";
import { memoryStores } from "../../../packages/cluster/test/kafka/support/memory-stores.ts";

const { values } = parseArgs({
  options: {
    brokers: { type: "string", default: "1" },
    seconds: { type: "string", default: "5" },
    rates: { type: "string", default: "500,2000,max" },
    lingers: { type: "string", default: "0,2,5,10" },
    partitions: { type: "string", default: "6" },
    batch: { type: "string", default: "524288" },
    compressions: { type: "string", default: "none,lz4" },
  },
});

const ROOMS = 10;
const APPENDERS = 512;
/** Appends of an open load come in steps of this many ms. */
const STEP_MS = 5;
/** Jiffies of /proc a second: Linux's constant for what it shows to programs. */
const TICKS = 100;

const entryOf = (id: string) => danmaku(id, { content: "弹幕飞过屏幕之上弹幕飞过屏幕之上弹幕飞过" });

const append = async (log: KafkaLog, i: number, latencies: number[]): Promise<void> => {
  const began = performance.now();
  await log.append({ room: `room${i % ROOMS}`, entry: entryOf(`d${i}`) }, background);
  latencies.push(performance.now() - began);
};

/** Appends at `rate` a second, whatever the answers do. */
async function openLoad(log: KafkaLog, rate: number, ms: number, ctx: Context): Promise<readonly number[]> {
  const latencies: number[] = [];
  await scope(async (all) => {
    const began = performance.now();
    let sent = 0;
    for (let at = 0; at < ms; at = performance.now() - began) {
      for (const due = (at * rate) / 1_000; sent < due; sent++) {
        const i = sent;
        all.spawn(() => append(log, i, latencies));
      }
      await sleep(STEP_MS, ctx);
    }
  });
  return latencies;
}

async function closedLoad(log: KafkaLog, ms: number): Promise<readonly number[]> {
  const latencies: number[] = [];
  const end = performance.now() + ms;
  await scope((all) => {
    for (let appender = 0; appender < APPENDERS; appender++) {
      all.spawn(async () => {
        for (let i = appender; performance.now() < end; i += APPENDERS) await append(log, i, latencies);
      });
    }
    return Promise.resolve();
  });
  return latencies;
}

/** CPU ms that the brokers have used so far. */
function brokersCpuMs(kafka: RunningKafka): number {
  return kafka.brokers.reduce((sum, { pid }) => {
    if (pid === undefined) return sum;
    const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]?.split(" ") ?? [];
    return sum + ((Number(fields[11]) + Number(fields[12])) * 1_000) / TICKS;
  }, 0);
}

const quantile = (sorted: readonly number[], q: number): string =>
  (sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * q))] ?? 0).toFixed(1);

const missing = missingForKafka();
if (missing !== undefined) throw new Error(`needs ${missing}`);
await using kafka = await startKafka({ brokers: values.brokers === "3" ? 3 : 1, java: ["-Xmx512m"] });
const ms = Number(values.seconds) * 1_000;
console.log(
  `${values.brokers} broker(s), ${values.partitions} partitions, ${ROOMS} rooms, batches of ${values.batch} bytes`,
);
console.log(
  "rate    linger  compression  a second   p50 ms   p95 ms   p99 ms  per request   node %  brokers %",
);
for (const compression of values.compressions.split(",") as Compression[]) {
  for (const rate of values.rates.split(",")) {
    for (const linger of values.lingers.split(",")) {
      const log = await KafkaLog.open({
        brokers: kafka.bootstrap,
        topic: `bench-${rate}-${linger}-${compression}`,
        partitions: Number(values.partitions),
        safety: values.brokers === "3" ? "replicated" : "development",
        lingerMs: Number(linger),
        batchBytes: Number(values.batch),
        compression,
        group: "bench",
        stores: memoryStores(),
      });
      const load = (span: number): Promise<readonly number[]> =>
        rate === "max" ? closedLoad(log, span) : openLoad(log, Number(rate), span, background);
      await load(Math.min(1_500, ms));
      const groups = log.stats.groups;
      const [own, theirs, began] = [process.cpuUsage(), brokersCpuMs(kafka), performance.now()];
      const latencies = (await load(ms)).toSorted((a, b) => a - b);
      const span = performance.now() - began;
      const used = process.cpuUsage(own);
      const nodePercent = (used.user + used.system) / 10 / span;
      const brokersPercent = ((brokersCpuMs(kafka) - theirs) * 100) / span;
      console.log(
        [
          rate.padEnd(7),
          linger.padStart(6),
          compression.padStart(12),
          ((latencies.length * 1_000) / span).toFixed(0).padStart(9),
          ...[0.5, 0.95, 0.99].map((q) => quantile(latencies, q).padStart(8)),
          (latencies.length / (log.stats.groups - groups)).toFixed(1).padStart(12),
          nodePercent.toFixed(0).padStart(8),
          brokersPercent.toFixed(0).padStart(10),
        ].join(" "),
      );
      await log.close();
    }
  }
}
