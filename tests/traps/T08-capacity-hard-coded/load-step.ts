import { type Channel, nextTurn, rootContext, scope, sleep } from "@barrage/kernel";
import { FakeClock } from "@barrage/testkit";

/** The step: arrivals a second, for how long, and how long the store takes, mostly and at its slowest (ms). */
export const STEP = { ratePerSecond: 1_000, ms: 1_000, usualMs: 0.2, slowestMs: 60, slowEvery: 100 } as const;
// The slowest is one wait of a hundred, so it is the 99th percentile.
const SAFETY = 1.5;

/** How many must find room while the store takes its time: arrivals in the slowest percentile, with a margin. */
export const neededCapacity = (): number => Math.ceil((STEP.ratePerSecond / 1_000) * STEP.slowestMs * SAFETY);

export type OpenChannel = (capacity: number) => Channel<number>;

/** Drives one step of load through a queue, in the clock's time. */
export async function loadStep(queue: Channel<number>): Promise<{ shed: number; deepest: number }> {
  const clock = new FakeClock();
  let shed = 0;
  let deepest = 0;
  const step = scope(
    (s) => {
      s.spawn(async function arrivals(ctx) {
        for (let id = 0; id < (STEP.ratePerSecond * STEP.ms) / 1_000; id++) {
          if (!queue.trySend(id)) shed += 1;
          deepest = Math.max(deepest, queue.length);
          await sleep(1_000 / STEP.ratePerSecond, ctx);
        }
        queue.close();
      });
      s.spawn(async function store(ctx) {
        let stored = 0;
        for await (const _ of queue.values(ctx)) {
          await sleep(++stored % STEP.slowEvery === 0 ? STEP.slowestMs : STEP.usualMs, ctx);
        }
      });
    },
    { parent: rootContext({ clock }) },
  );
  while (!queue.closed || queue.length > 0) await clock.advance(100);
  await clock.advance(STEP.slowestMs);
  await step;
  await nextTurn();
  return { shed, deepest };
}
