/**
 * How many appends a second the SQLite log makes durable, and how long each waits for its answer.
 *
 *   node bench/micro/log-append.ts [--seconds 5] [--concurrency 1,64,512] [--dir FOLDER]
 *
 * Each appender has one append at a time on its way; entries are danmaku of 20 characters with an idempotency key. FOLDER
 * is where the file is made (default: the system's temporary folder, which must be on a real disk to mean anything).
 *
 * To count what reaches the disk, and compare it with the groups that are printed:
 *
 *   strace -f -c -e trace=fsync,fdatasync node bench/micro/log-append.ts --concurrency 64
 *
 * To see that each answer comes after its fsync, with `--print-acks`, which writes one line to stderr as soon as a group's
 * first answer is there:
 *
 *   strace -f -e trace=fsync,fdatasync,write node bench/micro/log-append.ts --seconds 0.2 --concurrency 8 --print-acks
 */
import { mkdtempSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { scope } from "@barrage/kernel";
import { openSqliteStore } from "@barrage/store-sqlite";
import type { SqliteLog } from "@barrage/store-sqlite";
import { danmaku } from "@barrage/testkit";

const { values } = parseArgs({
  options: {
    seconds: { type: "string", default: "5" },
    concurrency: { type: "string", default: "1,64,512" },
    dir: { type: "string", default: tmpdir() },
    "print-acks": { type: "boolean", default: false },
  },
});

const request = (id: string) => ({
  room: "bench",
  entry: danmaku(id, { content: "弹幕飞过屏幕之上弹幕飞过屏幕之上弹幕飞过", at: 1_767_225_600_000 }),
  key: { scope: "bench\nu1", id, bodyHash: "0123456789abcdef0123456789abcdef0123456789a" },
});

/** Latency in ms of each append that `concurrency` appenders made in `ms`. */
async function measure(log: SqliteLog, concurrency: number, ms: number): Promise<number[]> {
  const latencies: number[] = [];
  const end = performance.now() + ms;
  let groupSeen = log.stats.groups;
  await scope((all) => {
    for (let appender = 0; appender < concurrency; appender++) {
      all.spawn(async (ctx) => {
        for (let i = 0, now = performance.now(); now < end; i++) {
          await log.append(request(`${concurrency}-${appender}-${i}`), ctx);
          const answered = performance.now();
          latencies.push(answered - now);
          now = answered;
          if (values["print-acks"] && log.stats.groups !== groupSeen) {
            groupSeen = log.stats.groups;
            writeSync(2, `answers of group ${groupSeen}\n`);
          }
        }
      });
    }
  });
  return latencies.sort((x, y) => x - y);
}

const percentile = (sorted: readonly number[], share: number): string =>
  (sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0).toFixed(2);

const dir = mkdtempSync(join(values.dir, "barrage-bench-"));
try {
  const store = await openSqliteStore({ dir });
  await measure(store.log, 16, 500);
  console.log("concurrency  appends/s  p50 ms  p99 ms   groups  appends/group  CPU ms per 1000 appends");
  for (const concurrency of values.concurrency.split(",").map(Number)) {
    const groups = store.log.stats.groups;
    const cpu = process.cpuUsage();
    const start = performance.now();
    const latencies = await measure(store.log, concurrency, Number(values.seconds) * 1_000);
    const seconds = (performance.now() - start) / 1_000;
    const { user, system } = process.cpuUsage(cpu);
    const made = store.log.stats.groups - groups;
    const columns = [
      String(concurrency).padStart(11),
      (latencies.length / seconds).toFixed(0).padStart(9),
      percentile(latencies, 0.5).padStart(6),
      percentile(latencies, 0.99).padStart(6),
      String(made).padStart(7),
      (latencies.length / made).toFixed(1).padStart(13),
      ((user + system) / latencies.length).toFixed(1).padStart(23),
    ];
    console.log(columns.join("  "));
  }
  console.log(`groups in all, the warm-up included: ${store.log.stats.groups}`);
  await store.close();
} finally {
  rmSync(dir, { recursive: true, force: true });
}
