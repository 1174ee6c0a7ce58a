/**
 * Appends danmaku to the log on Kafka at a steady rate, as many ingest roles together would, in a process of its own: takes
 * one job from its parent, tells when it begins and what came of it, and ends. Started by bench/macro/cluster/router-keeps-up.ts.
 */
import { KafkaLog } from "@barrage/cluster";
import { scope, sleep } from "@barrage/kernel";
import type { DanmakuEntry } from "@barrage/protocol";
import { danmaku } from "@barrage/testkit";
import { encodeRecord, sizeOf } from "../../../packages/cluster/src/kafka/record-codec.ts";
import { memoryStores } from "../../../packages/cluster/test/kafka/support/memory-stores.ts";
import { SelfWatch } from "@barrage/load";

export interface ProducerJob {
  readonly brokers: readonly string[];
  readonly partitions: number;
  readonly safety: "replicated" | "development";
  /** In turns. */
  readonly rooms: readonly string[];
  /** Records a second, and for how long. */
  readonly rate: number;
  readonly seconds: number;
  /** Characters of each text. */
  readonly characters: number;
}

export type ProducerTold =
  | { readonly kind: "producing" }
  | {
      readonly kind: "produced";
      /** Acknowledged by all replicas that are in sync. */
      readonly appended: number;
      /** Of each record: key, value and headers, uncompressed. */
      readonly recordBytes: number;
      readonly seconds: number;
      /** Cores. */
      readonly cpu: number;
    }
  | { readonly kind: "failed"; readonly reason: string };

const STEP_MS = 5;
/** Records on their way; beyond them the log is what is slow, and the rate is not held. */
const UNDER_WAY_MAX = 20_000;

const tell = (told: ProducerTold): void => void process.send?.(told);

async function produce({ rate, seconds, rooms, characters, ...kafka }: ProducerJob): Promise<void> {
  const log = await KafkaLog.open({ ...kafka, group: "bench", stores: memoryStores() });
  const content = "弹".repeat(characters);
  const run = process.pid.toString(36);
  const entryOf = (i: number): DanmakuEntry =>
    danmaku(`${run}-${String(i).padStart(10, "0")}`, { content, at: Date.now() });
  const recordBytes = sizeOf(encodeRecord({ room: rooms[0] ?? "", entry: entryOf(0), live: true }));
  let [sent, appended] = [0, 0];
  tell({ kind: "producing" });
  const startedAt = performance.now();
  using watch = new SelfWatch(startedAt);
  await scope(async (all) => {
    for (let at = 0; at < seconds * 1_000; at = performance.now() - startedAt) {
      const due = Math.floor((at * rate) / 1_000);
      const count = Math.min(due - sent, UNDER_WAY_MAX - (sent - appended));
      if (count > 0) {
        const from = sent;
        sent += count;
        const requests = Array.from({ length: count }, (_, i) => ({
          room: rooms[(from + i) % rooms.length] ?? "",
          entry: entryOf(from + i),
        }));
        all.spawn(async (ctx) => {
          await log.appendAll(requests, ctx);
          appended += count;
        });
      }
      await sleep(STEP_MS, all.context);
    }
  });
  const endedAt = performance.now();
  const { cpu } = watch.take(endedAt, 0);
  await log.close();
  tell({ kind: "produced", appended, recordBytes, seconds: (endedAt - startedAt) / 1_000, cpu });
}

process.once("message", (job: ProducerJob) => {
  produce(job)
    .catch((error: unknown) => {
      const reason = error instanceof Error ? (error.stack ?? error.message) : String(error);
      tell({ kind: "failed", reason });
      process.exitCode = 1;
    })
    .finally(() => process.disconnect());
});
