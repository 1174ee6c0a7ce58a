import { fileURLToPath } from "node:url";
import { isMainThread, parentPort, workerData } from "node:worker_threads";
import { inThreads, meet, type ThreadData, ThreadNumbers } from "../tools/threads.ts";
import type { Measured } from "../trap.ts";

const FILE = fileURLToPath(import.meta.url);
const TIMES = 1_000_000;
const TOTAL = 7;

/** Each thread counts in a word of its own, and adds its sum to the total by one atomic step. */
function count(data: ThreadData): void {
  const numbers = new ThreadNumbers(data, FILE);
  meet(data, 0);
  for (let time = 0; time < data.times; time++) numbers.set(data.thread, numbers.get(data.thread) + 1);
  numbers.add(TOTAL, numbers.get(data.thread));
  parentPort?.postMessage({ value: data.times, line: numbers.line });
}

export async function run(): Promise<Measured> {
  const { memory } = await inThreads(FILE, { times: TIMES, watched: false });
  return { what: "danmaku counted", meant: 2 * TIMES, got: memory[TOTAL] ?? 0 };
}

if (!isMainThread) count(workerData as ThreadData);
