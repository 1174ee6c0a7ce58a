/**
 * What our pool adds to Piscina: no-op jobs through both, in turns, on as many threads.
 *
 *   node bench/micro/pool.ts [--jobs 20000] [--rounds 9] [--threads 2]
 *
 * Both do the same jobs with the same number on their way (the first column); a round measures one after the other, and
 * who comes first changes. Printed are the medians per job by the clock and in CPU time of the process, all its threads
 * together, and the medians of the rounds' ratios, which other load on the machine moves less than the times.
 */
import { parseArgs } from "node:util";
import { Pool } from "@barrage/kernel-node";
import { Piscina } from "piscina";

const { values } = parseArgs({
  options: {
    jobs: { type: "string", default: "20000" },
    rounds: { type: "string", default: "9" },
    threads: { type: "string", default: "2" },
  },
});
const [jobs, rounds, threads] = [Number(values.jobs), Number(values.rounds), Number(values.threads)];

const FILE = new URL("./no-op-worker.ts", import.meta.url);

type Run = (job: number) => Promise<unknown>;

/** Per job, in us. */
interface Cost {
  readonly wall: number;
  readonly cpu: number;
}

/** What a job takes with `width` jobs on their way. */
async function measure(run: Run, width: number): Promise<Cost> {
  let left = jobs;
  const lane = async (): Promise<void> => {
    while (left-- > 0) await run(left);
  };
  const cpu = process.cpuUsage();
  const started = performance.now();
  await Promise.all(Array.from({ length: width }, lane));
  const wall = ((performance.now() - started) * 1_000) / jobs;
  const { user, system } = process.cpuUsage(cpu);
  return { wall, cpu: (user + system) / jobs };
}

const median = (numbers: readonly number[]): number =>
  numbers.toSorted((a, b) => a - b)[numbers.length >> 1] ?? NaN;

await using pool = new Pool<number, unknown>(FILE, { min: threads, max: threads });
await using alone = new Piscina<number, unknown>({
  filename: FILE.href,
  minThreads: threads,
  maxThreads: threads,
  idleTimeout: Infinity,
});
const ours: Run = (job) => pool.run(job);
const theirs: Run = (job) => alone.run(job);

console.log(`no-op jobs on ${threads} thread(s), us per job, median of ${rounds} rounds of ${jobs}`);
for (const width of new Set([1, threads, threads * 8])) {
  for (const run of [ours, theirs]) await measure(run, width);
  const rows: { readonly pool: Cost; readonly piscina: Cost }[] = [];
  for (let round = 0; round < rounds; round++) {
    const before = round % 2 === 0 ? await measure(ours, width) : undefined;
    const piscina = await measure(theirs, width);
    rows.push({ pool: before ?? (await measure(ours, width)), piscina });
  }
  const of = (what: (row: (typeof rows)[number]) => number): string => median(rows.map(what)).toFixed(2);
  const told = (["wall", "cpu"] as const).map(
    (kind) =>
      `${kind} Pool ${of(({ pool }) => pool[kind])}, Piscina ${of(({ piscina }) => piscina[kind])}, ` +
      `ratio ${of(({ pool, piscina }) => pool[kind] / piscina[kind])}`,
  );
  console.log(`${width} on the way: ${told.join("; ")}`);
}
