/** One row that is a size or a span, in a process of its own. Needs `--expose-gc`. */
import { pathToFileURL } from "node:url";
import { join } from "node:path";
import { background, Channel, Scope, scope, taskGroups } from "@barrage/kernel";
import { contextResidue, parkedTask, retained, selectResidue } from "./heap.ts";
import { median } from "./measure.ts";

const turn = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));
const percentile = (all: readonly number[], share: number): number =>
  all.toSorted((a, b) => a - b)[Math.floor(all.length * share)] ?? Number.NaN;

/** How late an immediate comes while two tasks hand a value back and forth, p99 in ms. */
async function punctual(): Promise<number> {
  const [there, back] = [new Channel<number>(), new Channel<number>()];
  const late: number[] = [];
  await scope(async (all) => {
    all.spawn(async (ctx) => {
      for await (const value of there.values(ctx)) await back.send(value, ctx);
    });
    const serve = all.spawn(async (ctx) => {
      while (!ctx.cancelled) {
        await there.send(1, ctx);
        await back.receive(ctx);
      }
    });
    for (let i = 0; i < 300; i += 1) {
      const from = performance.now();
      await turn();
      late.push(performance.now() - from);
    }
    serve.cancel();
    all.cancel();
  });
  return percentile(late, 0.99);
}

/** From cancel until 10,000 waiting tasks have run their clean-up, ms of the clock and of the CPU; medians of five. */
async function cancelMany(): Promise<Record<string, number>> {
  const spans: number[] = [];
  const used: number[] = [];
  for (let round = 0; round < 5; round += 1) {
    const all = new Scope(background, { name: "many" });
    const gate = new Channel<void>();
    let cleaned = 0;
    for (let i = 0; i < 10_000; i += 1) {
      all.spawn(async (ctx) => {
        try {
          await gate.receive(ctx);
        } finally {
          cleaned += 1;
        }
      });
    }
    await turn();
    const cpu = process.cpuUsage();
    const from = performance.now();
    await all[Symbol.asyncDispose]();
    spans.push(performance.now() - from);
    const { user, system } = process.cpuUsage(cpu);
    used.push((user + system) / 1000);
    if (cleaned !== 10_000) throw new Error(`${cleaned} of 10000 tasks cleaned up`);
  }
  return { kernel: median(spans), CPU: median(used) };
}

async function snapshot(): Promise<number> {
  await using all = new Scope(background, { name: "many" });
  const gate = new Channel<void>();
  for (let i = 0; i < 100_000; i += 1) all.spawn(async (ctx) => void (await gate.receive(ctx)));
  await turn();
  const spans: number[] = [];
  for (let i = 0; i < 15; i += 1) {
    const from = performance.now();
    taskGroups();
    spans.push(performance.now() - from);
  }
  return median(spans);
}

type Parker = (n: number) => Promise<unknown>;

/** The kernel's parked task, and those of others, each by itself. */
async function parkedTasks(): Promise<Record<string, number>> {
  const sizes: Record<string, number> = { kernel: await parkedTask(20_000) };
  const { parked } = (await import(pathToFileURL(join(import.meta.dirname, "peers.mjs")).href)) as {
    parked: Readonly<Record<string, Parker>>;
  };
  for (const [name, park] of Object.entries(parked)) {
    await park(100);
    sizes[name] = (await retained(() => park(20_000))) / 20_000;
  }
  return sizes;
}

const rows: Readonly<Record<string, () => Promise<number | Record<string, number>>>> = {
  "select-residue": () => selectResidue(1_000_000),
  "parked-task": parkedTasks,
  "context-residue": () => contextResidue(1_000_000),
  snapshot,
  punctual,
  cancel: cancelMany,
};

const measured = await rows[process.argv[2] ?? ""]?.();
if (measured === undefined) throw new Error(`no row ${process.argv[2]}`);
console.log(JSON.stringify(typeof measured === "number" ? { kernel: measured } : measured));
