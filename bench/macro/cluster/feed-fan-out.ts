/**
 * What does one more gateway cost Redis? A batch goes by sharded pub/sub to every gateway that has a viewer of its room: the
 * processor time of the node for one batch, by the number of gateways, as base + slope x gateways.
 *
 *   node bench/macro/cluster/feed-fan-out.ts [--gateways 1,8,32,128] [--bytes 512] [--seconds 2] [--json FILE]
 *
 * Subscribers are bare connections that read and look at nothing; one batch is published at a time, so each is a write of its
 * own to each connection. Every byte must have reached every subscriber, or the run fails.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { findRedis, startRedis } from "@barrage/launchers";
import { Channel } from "../../load/cluster/channel.ts";
import { lineThrough } from "../../load/cluster/line-fit.ts";
import { figuresOf } from "../../load/process-stat.ts";
import { table } from "../../load/table.ts";

const { values } = parseArgs({
  options: {
    gateways: { type: "string", default: "1,8,32,128" },
    bytes: { type: "string", default: "512" },
    seconds: { type: "string", default: "2" },
    json: { type: "string" },
  },
});
const CHANNEL = "barrage:feed:{room}";
/** Batches after which everybody has to have everything: no subscriber may fall behind unseen. */
const TOGETHER = 16;
const MASTERS = 3;

interface Step {
  readonly gateways: number;
  readonly batches: number;
  /** CPU of the node for one batch. */
  readonly usPerBatch: number;
  readonly batchesPerSecond: number;
}

const search = findRedis(process.env);
if ("missing" in search)
  throw new Error(search.missing.map(({ what, how }) => `needs ${what}: ${how}`).join());
const dir = mkdtempSync(join(tmpdir(), "barrage-bench-"));
try {
  await using redis = await startRedis({
    programs: search.programs,
    dir: join(dir, "redis"),
    keep: false,
    masters: MASTERS,
    replicas: 0,
  });
  const node = await redis.masterOf(CHANNEL);
  const [port, pid] = [redis.nodes[node]?.port ?? 0, redis.processes[node]?.pid ?? 0];
  const payload = Buffer.alloc(Number(values.bytes), "x");

  const measure = async (gateways: number): Promise<Step> => {
    using channel = await Channel.open(port, CHANNEL, gateways);
    const [cpu, startedAt] = [figuresOf(pid).cpuSeconds, performance.now()];
    let batches = 0;
    while (performance.now() - startedAt < Number(values.seconds) * 1_000) {
      for (let i = 0; i < TOGETHER; i += 1) await channel.publish(payload);
      await channel.arrived();
      batches += TOGETHER;
    }
    const took = (performance.now() - startedAt) / 1_000;
    const used = figuresOf(pid).cpuSeconds - cpu;
    return { gateways, batches, usPerBatch: (used * 1e6) / batches, batchesPerSecond: batches / took };
  };

  const steps: Step[] = [];
  for (const gateways of values.gateways.split(",").map(Number)) steps.push(await measure(gateways));
  const { base, slope } = lineThrough(
    steps.map(({ gateways, usPerBatch }) => ({ x: gateways, y: usPerBatch })),
  );
  console.log(
    table(
      ["gateways", "batches", "batches/s", "us/batch", "us by the line"],
      steps.map(({ gateways, batches, batchesPerSecond, usPerBatch }) => [
        gateways,
        batches,
        batchesPerSecond.toFixed(0),
        usPerBatch.toFixed(1),
        (base + slope * gateways).toFixed(1),
      ]),
    ),
  );
  console.log(
    `one batch of ${payload.length} bytes: ${base.toFixed(1)} us + ${slope.toFixed(2)} us for each gateway`,
  );
  if (values.json !== undefined)
    writeFileSync(
      values.json,
      `${JSON.stringify({ steps, redisUsPerSubscriber: slope, redisUsPerPublish: base }, undefined, 2)}\n`,
    );
} finally {
  rmSync(dir, { recursive: true, force: true });
}
