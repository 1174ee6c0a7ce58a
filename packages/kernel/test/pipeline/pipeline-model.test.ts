import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import {
  background,
  isCancelled,
  liveTaskCount,
  type Pipeline,
  pipeline,
  type PipelineReport,
  rootContext,
  sleep,
} from "@barrage/kernel";
import { FakeClock } from "@barrage/testkit";

interface StagePlan {
  readonly concurrency: number;
  readonly ordered: boolean;
  readonly buffer: number;
  /** Steps of the microtask queue that an item takes, by its number. */
  readonly pauses: readonly number[];
  /** An item whose number is a multiple of this fails; none for 0. */
  readonly failEvery: number;
}

const stage: fc.Arbitrary<StagePlan> = fc.record({
  concurrency: fc.integer({ min: 1, max: 4 }),
  ordered: fc.boolean(),
  buffer: fc.nat(3),
  pauses: fc.array(fc.nat(6), { minLength: 1, maxLength: 5 }),
  failEvery: fc.constantFrom(0, 0, 0, 3, 7),
});

async function pause(steps: number): Promise<void> {
  for (let i = 0; i < steps; i++) await Promise.resolve();
}

function add(start: Pipeline<number>, plan: StagePlan): Pipeline<number> {
  const { pauses, failEvery } = plan;
  return start.map(async (n) => {
    await pause(pauses[n % pauses.length] ?? 0);
    if (failEvery > 0 && n % failEvery === 0) throw new Error(`item ${n}`);
    return n;
  }, plan);
}

const survives = (n: number, plans: readonly StagePlan[]): boolean =>
  plans.every(({ failEvery }) => failEvery === 0 || n % failEvery !== 0);

describe("pipeline under every schedule", () => {
  it("[KN-160] loses and doubles nothing, and keeps the order where it is asked to", async () => {
    const plan = fc.record({ items: fc.nat(40), stages: fc.array(stage, { maxLength: 3 }), sink: fc.nat(4) });
    await fc.assert(
      fc.asyncProperty(plan, async ({ items, stages, sink }) => {
        const source = [...Array(items).keys()];
        const got: number[] = [];
        const flow = stages.reduce(add, pipeline(source, { onFailure: "drop" }));
        const report = await flow.into(async (n) => {
          await pause(sink);
          got.push(n);
        });
        const expected = source.filter((n) => survives(n, stages));
        const ordered = stages.every((one) => one.ordered || one.concurrency === 1);
        assert.deepEqual(ordered ? got : got.toSorted((a, b) => a - b), expected);
        assert.equal(report.taken, items);
        assert.equal(report.delivered, expected.length);
        assert.equal(report.dropped["failed"] ?? 0, items - expected.length);
        assert.equal(report.abandoned, 0);
      }),
      { numRuns: 300 },
    );
  });

  it("[KN-166] doubles nothing and accounts for all when it is cancelled at any step", async () => {
    const plan = fc.record({ stages: fc.array(stage, { maxLength: 3 }), cancelAt: fc.nat(150) });
    await fc.assert(
      fc.asyncProperty(plan, async ({ stages, cancelAt }) => {
        const ctx = background.cancellable();
        const got = new Set<number>();
        let report: PipelineReport | undefined;
        const source = [...Array(1000).keys()];
        const flow = stages.reduce(
          add,
          pipeline(source, { onFailure: "drop", onEnd: (end) => (report = end) }),
        );
        const running = flow.into((n) => {
          assert.equal(got.has(n), false);
          got.add(n);
        }, ctx);
        const ended = assert.rejects(running, isCancelled);
        await pause(cancelAt);
        ctx.cancel();
        await ended;
        assert.ok(report !== undefined);
        assert.equal(report.delivered, got.size);
        assert.equal(report.taken, got.size + (report.dropped["failed"] ?? 0) + report.abandoned);
        // What each stage holds at most, and source and sink.
        const room = stages.reduce((sum, { concurrency, buffer }) => sum + concurrency + buffer, 2);
        assert.ok(report.abandoned <= room, `${report.abandoned} of ${room}`);
        assert.equal(liveTaskCount(), 0);
      }),
      { numRuns: 300 },
    );
  });

  it("[KN-163] keeps the rate in every span, whenever items arrive", async () => {
    const plan = fc.record({
      gaps: fc.array(fc.nat(300), { minLength: 1, maxLength: 12 }),
      burst: fc.integer({ min: 1, max: 3 }),
    });
    await fc.assert(
      fc.asyncProperty(plan, async ({ gaps, burst }) => {
        const clock = new FakeClock();
        const ctx = rootContext({ clock });
        const at: number[] = [];
        async function* arrivals(): AsyncGenerator<number> {
          for (const gap of gaps) {
            await sleep(gap, ctx);
            yield clock.now();
          }
        }
        const running = pipeline(arrivals(), { onFailure: "stop" })
          .rateLimit({ perSecond: 10, burst })
          .into(() => void at.push(clock.now()), ctx);
        await clock.runUntilIdle();
        await running;
        assert.equal(at.length, gaps.length);
        for (const [first, from] of at.entries()) {
          for (const [last, to] of at.entries()) {
            if (last >= first) assert.ok(last - first + 1 <= burst + (to - from) / 100, at.join());
          }
        }
        assert.equal(at[0], gaps[0]);
      }),
      { numRuns: 60 },
    );
  });
});
