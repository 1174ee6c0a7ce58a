import { sleep } from "@barrage/kernel";
import type { Context } from "@barrage/kernel";

export interface Schedule {
  /** Sends per second. */
  readonly rate: number;
  /** Length of the run, s. */
  readonly seconds: number;
}

/**
 * Calls `send(index, dueAt)` at a steady rate, whatever became of the calls before: an open model, so that a server
 * that falls behind is charged for the wait. Resolves when the last one was called.
 *
 * Units      `dueAt` in ms on `performance.now()`: latency is to be counted from it.
 */
export async function runSchedule(
  { rate, seconds }: Schedule,
  send: (index: number, dueAt: number) => void,
  ctx: Context,
): Promise<number> {
  const total = Math.round(rate * seconds);
  const startedAt = performance.now();
  const gap = 1_000 / rate;
  for (let index = 0; index < total;) {
    const now = performance.now();
    for (; index < total && startedAt + index * gap <= now; index += 1) send(index, startedAt + index * gap);
    if (index < total) await sleep(Math.max(0, startedAt + index * gap - performance.now()), ctx);
  }
  return total;
}
