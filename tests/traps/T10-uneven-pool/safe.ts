import { Pool } from "@barrage/kernel-node";
import type { Measured } from "../trap.ts";
import type { PooledJob } from "./pooled-worker.ts";
import { JOBS, measured, noGauges, WORKERS } from "./workers.ts";

/** A pool that gives the next job by measured health, replaces who dies, and has their idempotent jobs taken over. */
export async function run(gauges = noGauges): Promise<readonly Measured[]> {
  const job = { begun: new Int32Array(new SharedArrayBuffer(4)) };
  const file = new URL("./pooled-worker.ts", import.meta.url);
  await using pool = new Pool<PooledJob, string>(file, {
    min: WORKERS.length,
    max: WORKERS.length,
    idempotent: true,
  });
  const answers = await Promise.all(Array.from({ length: JOBS }, () => pool.run(job)));
  for (const worker of answers) {
    gauges.given(worker);
    gauges.done(worker);
  }
  for (let lost = pool.stats.lost; lost > 0; lost--) gauges.given("dead");
  return measured(answers);
}
