/**
 * Times contenders against each other: alternately, several rounds, in one process. Without a forced collection in
 * between: it shrinks the young generation, and what is measured then is how it grows back.
 */

/** Does `n` of the operation. */
export type Contender = (n: number) => unknown;

export interface Timing {
  readonly name: string;
  /** Median over the rounds, wall and CPU time of the process, per operation. */
  readonly wallNs: number;
  readonly cpuNs: number;
}

// How long one contender's share of a round should take (ms): long enough for the clocks, short enough that another
// process's burst hits one round and not the median.
const SHARE_MS = 60;
// Time for the optimising compiler to see the code (ms): with less, the first contender is measured half compiled.
const WARM_UP_MS = 500;

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? upper) + upper) / 2;
}

interface Sample {
  readonly wallNs: number;
  readonly cpuNs: number;
}

async function once(run: Contender, n: number): Promise<Sample> {
  const cpu = process.cpuUsage();
  const start = performance.now();
  await run(n);
  const wall = performance.now() - start;
  const used = process.cpuUsage(cpu);
  return { wallNs: (wall * 1e6) / n, cpuNs: ((used.user + used.system) * 1e3) / n };
}

/** Enough operations for a share, judged when the code has been compiled. */
async function calibrated(run: Contender): Promise<number> {
  const from = performance.now();
  for (let n = 1_000; ;) {
    const { wallNs } = await once(run, n);
    n = Math.min(Math.ceil((SHARE_MS * 1e6) / wallNs), n * 8);
    if (performance.now() - from > WARM_UP_MS) return n;
  }
}

export async function compare(
  contenders: Readonly<Record<string, Contender>>,
  rounds: number,
): Promise<Timing[]> {
  const racers: { name: string; run: Contender; n: number; samples: Sample[] }[] = [];
  for (const [name, run] of Object.entries(contenders)) {
    racers.push({ name, run, n: await calibrated(run), samples: [] });
  }
  for (let round = 0; round < rounds; round += 1) {
    for (const racer of racers) {
      racer.samples.push(await once(racer.run, racer.n));
    }
  }
  return racers.map(({ name, samples }) => ({
    name,
    wallNs: median(samples.map((sample) => sample.wallNs)),
    cpuNs: median(samples.map((sample) => sample.cpuNs)),
  }));
}
