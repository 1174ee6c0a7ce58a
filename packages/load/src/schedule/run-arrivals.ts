import { nextTurn, sleep } from "@barrage/kernel";
import type { Context } from "@barrage/kernel";
import type { Arrivals } from "./arrivals.ts";

/** Most sends in one turn of the event loop: what is late must not keep answers from being read. Moved by the cost of a send, ~10 us. */
const SENDS_PER_TURN = 256;

/**
 * Calls `send(index, dueAt)` for each arrival, whatever became of the sends before. A generator that is late sends what
 * is due at once and leaves `dueAt` as it was: the wait is part of the latency.
 *
 * Units      `startAt` and `dueAt` in ms of the context's clock.
 * Errors     the cancel error of `ctx`, between two sends.
 */
export async function runArrivals(
  arrivals: Arrivals,
  startAt: number,
  send: (index: number, dueAt: number) => void,
  ctx: Context,
): Promise<void> {
  const { clock } = ctx;
  let index = 0;
  while (index < arrivals.total) {
    const now = clock.now();
    const last = Math.min(arrivals.total, index + SENDS_PER_TURN);
    for (; index < last; index += 1) {
      const dueAt = startAt + arrivals.dueAt(index);
      if (dueAt > now) break;
      send(index, dueAt);
    }
    if (index >= arrivals.total) break;
    const wait = startAt + arrivals.dueAt(index) - clock.now();
    if (wait > 0) await sleep(wait, ctx);
    else {
      ctx.throwIfCancelled();
      await nextTurn();
    }
  }
}
