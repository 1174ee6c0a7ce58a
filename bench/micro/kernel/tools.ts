/** One row about the kernel with its tools on, in a process of its own: importing the tools is what switches them on. */
import { background, Channel, Scope, sleep } from "@barrage/kernel";
import { creationStacks, type StackMode } from "@barrage/kernel/diagnostics";
import { RuntimeMonitor } from "@barrage/kernel-node";
import { compare, type Contender, median } from "./measure.ts";
import { ours } from "./ours.ts";

type Values = Readonly<Record<string, number>>;

const ROUNDS = 9;
// The proof is the difference of two figures some ten times as large, so it needs more.
const PROOF_ROUNDS = 41;
const turn = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));

async function cpuNs(contenders: Readonly<Record<string, Contender>>, rounds = ROUNDS): Promise<Values> {
  const timings = await compare(contenders, rounds);
  return Object.fromEntries(timings.map((one) => [one.name, one.cpuNs]));
}

/** Spawn and join, and what the platform takes for as many frames alone. */
async function stacks(mode: StackMode): Promise<Values> {
  creationStacks(mode);
  const kernel = ours["spawn-join"] as Contender;
  if (mode !== "full") return cpuNs({ kernel });
  const errorAlone = async (n: number): Promise<void> => {
    await turn();
    for (let i = 0; i < n; i += 1) void new Error("of ten frames");
  };
  return cpuNs({ kernel, "an Error alone": errorAlone });
}

/** Spawns tasks that outlive the turn they were started in, and ends them. */
async function outlive(n: number): Promise<void> {
  await using all = new Scope(background, { name: "outlive" });
  for (let i = 0; i < n; i += 1000) {
    const { promise, resolve } = Promise.withResolvers<void>();
    for (let j = 0; j < 1000; j += 1) all.spawn(() => promise);
    await turn();
    await turn();
    resolve();
    await all.join();
  }
}

/** What the leak proof adds to such a task: the same with a registry that registers nothing, in turns. */
async function leakProof(): Promise<Values> {
  creationStacks("off");
  const registry = FinalizationRegistry.prototype;
  const { register } = registry;
  const without = async (n: number): Promise<void> => {
    registry.register = () => undefined;
    await outlive(n);
    registry.register = register;
  };
  const { proof = Number.NaN, plain = Number.NaN } = await cpuNs(
    { proof: outlive, plain: without },
    PROOF_ROUNDS,
  );
  return { kernel: proof - plain, "task without": plain };
}

// Long enough for a few samples at one a second (ms).
const WATCHED_MS = 4_000;

async function cpuShare(ms: number): Promise<number> {
  const before = process.cpuUsage();
  const from = performance.now();
  await sleep(ms);
  const used = process.cpuUsage(before);
  return (used.user + used.system) / 10 / (performance.now() - from);
}

/**
 * Percent of one core that the monitor takes, at one sample a second, beside so many waiting tasks: what a process that
 * does nothing else uses with it, less what it uses without.
 */
async function monitorShare(tasks: number): Promise<number> {
  await using all = new Scope(background, { name: "many" });
  const gates = Array.from({ length: 20 }, (_, i) => new Channel<void>(0, { name: `gate ${i}` }));
  for (let i = 0; i < tasks; i += 1) {
    const gate = gates[i % gates.length] as Channel<void>;
    all.spawn(async (ctx) => void (await gate.receive(ctx)), { name: `group ${i % gates.length}` });
  }
  await turn();
  const shares: number[] = [];
  for (let round = 0; round < 3; round += 1) {
    const without = await cpuShare(WATCHED_MS);
    await using _ = new RuntimeMonitor({ everyMs: 1_000, context: background });
    shares.push((await cpuShare(WATCHED_MS)) - without);
  }
  return median(shares);
}

const rows: Readonly<Record<string, () => Promise<Values>>> = {
  "stacks-sampled": () => stacks("sampled"),
  "stacks-full": () => stacks("full"),
  "leak-proof": leakProof,
  monitor: async () => ({
    kernel: await monitorShare(10_000),
    "beside 100 k tasks": await monitorShare(100_000),
  }),
};

const measured = await rows[process.argv[2] ?? ""]?.();
if (measured === undefined) throw new Error(`no row ${process.argv[2]}`);
console.log(JSON.stringify(measured));
