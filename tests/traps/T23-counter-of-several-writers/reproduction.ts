import { fileURLToPath } from "node:url";
import { isMainThread, parentPort, workerData } from "node:worker_threads";
import { inThreads, meet, type ThreadData, ThreadNumbers } from "../tools/threads.ts";
import type { Measured } from "../trap.ts";

const FILE = fileURLToPath(import.meta.url);
const TIMES = 1_000_000;
// Two threads that run at once lose counts in the first round (a count); where there is one core, it may take more.
const ROUNDS = 10;

function count(data: ThreadData): void {
  const numbers = new ThreadNumbers(data, FILE);
  meet(data, 0);
  for (let time = 0; time < data.times; time++) {
    numbers.set(0, numbers.get(0) + 1); // guilty
  }
  parentPort?.postMessage({ value: data.times, line: numbers.line });
}

/** Two threads count a million danmaku each, in one counter. */
export async function run(): Promise<Measured> {
  let counted = 2 * TIMES;
  for (let round = 0; round < ROUNDS && counted === 2 * TIMES; round++) {
    const { memory } = await inThreads(FILE, { times: TIMES, watched: false });
    counted = memory[0] ?? 0;
  }
  return { what: "danmaku counted", meant: 2 * TIMES, got: counted };
}

if (!isMainThread) count(workerData as ThreadData);
