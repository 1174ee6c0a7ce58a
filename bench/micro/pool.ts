/**
 * What our pool adds to Piscina: no-op jobs through both, in turns, on as many threads.
 *
 *   node bench/micro/pool.ts [--jobs 20000] [--rounds 9] [--threads 2]
 *
 * Both do the same jobs with the same number on their way (the first column); a round measures one after the other, and
 * who comes first changes. Printed are the medians per job, and the median of the rounds' ratios, which other load on the
 * machine moves less than the times.
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

/** Time per job in us with `width` jobs on their way. */
async function measure(run: Run, width: number): Promise<number> {
  let left = jobs;
  const lane = async (): Promise<void> => {
    while (left-- > 0) await run(left);
  };
  const started = performance.now();
  await Promise.all(Array.from({ length: width }, lane));
  return ((performance.now() - started) * 1_000) / jobs;
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
  const rows: { readonly pool: number; readonly piscina: number }[] = [];
  for (let round = 0; round < rounds; round++) {
    const first = round % 2 === 0;
    const before = first ? await measure(ours, width) : 0;
    const piscina = await measure(theirs, width);
    rows.push({ pool: first ? before : await measure(ours, width), piscina });
  }
  const of = (what: (row: (typeof rows)[number]) => number): string => median(rows.map(what)).toFixed(2);
  const [pools, piscinas] = [of(({ pool }) => pool), of(({ piscina }) => piscina)];
  const ratio = of(({ pool, piscina }) => pool / piscina);
  console.log(`${width} on the way: Pool ${pools}, Piscina ${piscinas}, ratio ${ratio}`);
}
