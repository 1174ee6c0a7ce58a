import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { systemClock } from "@barrage/kernel";
import {
  pendingTimers,
  retainedBySlices,
  SliceGauge,
  watchSlices,
  watchTimers,
} from "@barrage/kernel/diagnostics";
import { FakeClock } from "@barrage/testkit";
import { collectGarbage } from "../garbage.ts";

describe("slices", () => {
  it("[KD-40] tells what slices use and what they retain, each buffer once", () => {
    const gauge = new SliceGauge();
    const [one, two] = [new Uint8Array(1000), new Uint8Array(500)];

    const kept = [
      gauge.watch(one.subarray(0, 10), "header"),
      gauge.watch(one.subarray(10, 30), "header"),
      gauge.watch(two.subarray(0, 500), "whole"),
    ];

    assert.deepEqual(
      gauge.report().map(({ label, slices, usedBytes, retainedBytes }) => ({
        label,
        slices,
        usedBytes,
        retainedBytes,
      })),
      [
        { label: "header", slices: 2, usedBytes: 30, retainedBytes: 970 },
        { label: "whole", slices: 1, usedBytes: 500, retainedBytes: 0 },
      ],
    );
    assert.match(gauge.report()[0]?.stack[0] ?? "", /retained\.test\.ts/);
    assert.equal(kept.length, 3);
  });

  it("[KD-40] counts a slice no longer once it was collected", async () => {
    let slice: Uint8Array | undefined = watchSlices(new Uint8Array(1 << 20).subarray(0, 4), "short-lived");
    const of = (): number =>
      retainedBySlices().find(({ label }) => label === "short-lived")?.retainedBytes ?? 0;
    assert.equal(slice.length, 4);
    const before = of();
    slice = undefined;
    for (let i = 0; i < 50 && of() > 0; i++) await collectGarbage();

    assert.deepEqual([before, of()], [(1 << 20) - 4, 0]);
  });
});

describe("timers", () => {
  it("[KD-41] counts timers that are pending, and tells the age of the oldest", async () => {
    const clock = new FakeClock();
    using _watch = watchTimers(clock, "fake");
    const of = (): unknown => pendingTimers().find((each) => each.clock === "fake");
    clock.setTimer(30, () => {});
    await clock.advance(20);
    const cleared = clock.setTimer(1000, () => {});
    const seen = [of()];
    await clock.advance(10);
    seen.push(of());
    clock.clearTimer(cleared);
    seen.push(of());

    assert.deepEqual(seen, [
      { clock: "fake", pending: 2, oldestMs: 20 },
      { clock: "fake", pending: 1, oldestMs: 10 },
      { clock: "fake", pending: 0, oldestMs: 0 },
    ]);
  });

  it("[KD-41] leaves the clock as it was", () => {
    const [plain, fake] = [{ ...systemClock }, new FakeClock()];
    const before = { ...plain };

    watchTimers(plain, "system")[Symbol.dispose]();
    watchTimers(fake, "system")[Symbol.dispose]();

    assert.deepEqual(plain, before);
    assert.equal(Object.hasOwn(fake, "setTimer"), false);
    assert.equal(
      pendingTimers().some(({ clock }) => clock === "system"),
      false,
    );
  });
});
