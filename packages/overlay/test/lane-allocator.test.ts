import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { LaneAllocator, type LaneTenant, type MovingRequest, type StaticRequest } from "@barrage/overlay";
import { findTouch, type Stay, type WidthChange } from "./never-touch.ts";

const COUNTS = { moving: 4, top: 2, bottom: 2, rows: 4 };
const ONE = { moving: 1, top: 1, bottom: 1, rows: 1 };
const FAR = 1e12;
const moving = (fields: Partial<MovingRequest> = {}): MovingRequest => ({
  mode: "scroll",
  span: 1,
  width: 100,
  speed: 1,
  stageWidth: 1_000,
  gap: 20,
  ...fields,
});

describe("LaneAllocator", () => {
  it("[OV-1] lets the next one in when tail and gap are inside: not a moment earlier", () => {
    const lanes = new LaneAllocator(ONE);
    lanes.place(moving(), 0, 0);
    assert.equal(lanes.place(moving(), 0, 119), null);
    assert.deepEqual(lanes.place(moving(), 0, 120), { lane: 0, at: 120 });
  });

  it("[OV-1] holds a faster one back until it cannot arrive before the slower one is gone", () => {
    const lanes = new LaneAllocator(ONE);
    lanes.place(moving(), 0, 0);
    // The slow one is gone at 1100; the fast one needs 500 to the edge.
    assert.deepEqual(lanes.place(moving({ speed: 2 }), 120, FAR), { lane: 0, at: 600 });
  });

  it("[OV-2] lets the opposite direction in when the last one has left", () => {
    const lanes = new LaneAllocator(ONE);
    lanes.place(moving(), 0, 0);
    assert.deepEqual(lanes.place(moving({ mode: "reverse" }), 120, FAR), { lane: 0, at: 1_100 });
    assert.deepEqual(lanes.place(moving(), 1_100, FAR), { lane: 0, at: 2_200 });
  });

  it("[OV-4] takes the first free lane, a reverse one the last", () => {
    const lanes = new LaneAllocator(COUNTS);
    const taken = [moving(), moving(), moving({ mode: "reverse" })].map(
      (request) => lanes.place(request, 0, 0)?.lane,
    );
    assert.deepEqual(taken, [0, 1, 3]);
  });

  it("[OV-4] else books the lane free soonest within the wait, and one refused changes nothing", () => {
    const lanes = new LaneAllocator({ ...ONE, moving: 2 });
    lanes.place(moving({ width: 300 }), 0, 0);
    lanes.place(moving({ width: 50 }), 0, 0);
    assert.equal(lanes.place(moving(), 0, 69), null);
    assert.deepEqual(lanes.place(moving(), 0, 70), { lane: 1, at: 70 });
    assert.deepEqual(lanes.place(moving(), 0, FAR), { lane: 1, at: 190 });
  });

  it("[OV-5] gives a still lane again at its deadline, top and bottom apart", () => {
    const lanes = new LaneAllocator(ONE);
    assert.deepEqual(lanes.place({ mode: "top", span: 1, holdMs: 500, width: 200 }, 0, 0), {
      lane: 0,
      at: 0,
    });
    assert.deepEqual(lanes.place({ mode: "bottom", span: 1, holdMs: 500, width: 200 }, 0, 0), {
      lane: 0,
      at: 0,
    });
    assert.equal(lanes.place({ mode: "top", span: 1, holdMs: 500, width: 200 }, 499, 499), null);
    assert.deepEqual(lanes.place({ mode: "top", span: 1, holdMs: 500, width: 200 }, 500, 500), {
      lane: 0,
      at: 500,
    });
  });

  it("[OV-28] keeps still and moving ones apart while there are rows for it, and lets them cross when not", () => {
    const lanes = new LaneAllocator({ moving: 2, top: 1, bottom: 1, rows: 2 });
    const still = (mode: "top" | "bottom"): StaticRequest => ({ mode, span: 1, holdMs: 5_000, width: 200 });
    assert.deepEqual(lanes.place(still("top"), 0, 0), { lane: 0, at: 0 });
    // Slow enough to reach the middle only when the still one is gone; a faster one takes the other lane.
    assert.deepEqual(lanes.place(moving({ speed: 0.08 }), 0, 0), { lane: 0, at: 0 });
    assert.deepEqual(lanes.place(moving({ speed: 0.1 }), 0, 0), { lane: 1, at: 0 });
    assert.deepEqual(lanes.place(still("bottom"), 1, 1), { lane: 0, at: 1 });
    assert.deepEqual(lanes.place(moving(), 5_000, 5_000), null);
  });

  it("[OV-28] a still one takes the first row without a moving one; bottom rows count from below", () => {
    const lanes = new LaneAllocator({ moving: 6, top: 3, bottom: 3, rows: 6 });
    lanes.place(moving(), 0, 0);
    assert.deepEqual(lanes.place({ mode: "top", span: 1, holdMs: 500, width: 200 }, 0, 0), {
      lane: 1,
      at: 0,
    });
    lanes.place(moving({ mode: "reverse" }), 0, 0);
    assert.deepEqual(lanes.place({ mode: "bottom", span: 1, holdMs: 500, width: 200 }, 0, 0), {
      lane: 1,
      at: 0,
    });
  });

  it("[OV-28] a bottom one that lies across the border of two rows minds both", () => {
    const lanes = new LaneAllocator({ moving: 6, top: 3, bottom: 3, rows: 6.5 });
    lanes.place(moving({ mode: "reverse" }), 0, 0);
    // The moving one is in row 5; bottom lane 0 covers 5.5 to 6.5, lane 1 covers 4.5 to 5.5.
    const choice = lanes.place({ mode: "bottom", span: 1, holdMs: 500, width: 200 }, 0, 0);
    assert.deepEqual(choice, { lane: 2, at: 0 });
  });

  it("[OV-6] gives a large danmaku adjacent lanes, and never more than there are", () => {
    const lanes = new LaneAllocator(COUNTS);
    assert.deepEqual(lanes.place(moving(), 0, 0), { lane: 0, at: 0 });
    assert.deepEqual(lanes.place(moving({ span: 3 }), 0, 0), { lane: 1, at: 0 });
    assert.equal(lanes.place(moving(), 0, 119), null);
    assert.equal(lanes.place(moving({ span: 5 }), 0, FAR), null);
  });

  it("[OV-1] [OV-2] [OV-3] no two of a lane ever touch, for any widths, speeds, spans, gaps and resizes", () => {
    fc.assert(
      fc.property(fc.array(STEP, { minLength: 1, maxLength: 60 }), (steps) => {
        const { stays, widths } = run(steps);
        assert.equal(findTouch(stays, widths), null);
      }),
      { numRuns: 1_000 },
    );
  });

  it("[OV-7] answers the same calls the same", () => {
    fc.assert(
      fc.property(fc.array(STEP, { maxLength: 40 }), (steps) => {
        assert.deepEqual(run(steps), run(steps));
      }),
      { numRuns: 100 },
    );
  });
});

const STEP = fc.record({
  waitMs: fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, fc.integer({ min: 1, max: 4_000 })),
  resizeTo: fc.option(fc.integer({ min: 50, max: 3_000 }), { freq: 6 }),
  mode: fc.constantFrom("scroll" as const, "scroll" as const, "reverse" as const),
  width: fc.double({ min: 1, max: 4_000, noNaN: true }),
  speed: fc.double({ min: 0.01, max: 3, noNaN: true }),
  span: fc.integer({ min: 1, max: 3 }),
  gap: fc.integer({ min: 0, max: 60 }),
  patienceMs: fc.integer({ min: 0, max: 30_000 }),
});
type Step = typeof STEP extends fc.Arbitrary<infer S> ? S : never;

/** Plays steps on an allocator the way a stage does: a resize empties the lanes and replays those still there. */
function run(steps: readonly Step[]): { stays: Stay[]; widths: WidthChange[] } {
  const lanes = new LaneAllocator(COUNTS);
  const widths: WidthChange[] = [{ at: 0, width: 1_000 }];
  const tenants: (LaneTenant & { request: MovingRequest })[] = [];
  let now = 0;
  let stageWidth = 1_000;
  for (const step of steps) {
    now += step.waitMs;
    if (step.resizeTo !== null) {
      stageWidth = step.resizeTo;
      widths.push({ at: now, width: stageWidth });
      lanes.reset(COUNTS);
      for (const tenant of tenants.filter((tenant) => untilOf(tenant) > now)) {
        lanes.occupy({ ...tenant, request: { ...tenant.request, stageWidth } });
      }
    }
    const { mode, width, speed, span, gap } = step;
    const request = { mode, width, speed, span, gap, stageWidth };
    const choice = lanes.place(request, now, now + step.patienceMs);
    if (choice === null) continue;
    tenants.push({ request, lane: choice.lane, enterAt: choice.at, enterWidth: stageWidth });
  }
  return { stays: tenants.map((tenant, index) => stayOf(tenant, String(index))), widths };
}

function untilOf(tenant: LaneTenant & { request: MovingRequest }): number {
  return tenant.enterAt + (tenant.enterWidth + tenant.request.width) / tenant.request.speed;
}

function stayOf(tenant: LaneTenant & { request: MovingRequest }, id: string): Stay {
  const { request, lane, enterAt, enterWidth } = tenant;
  const { mode: direction, width, speed, span } = request;
  const band = { bandFrom: lane, bandTo: lane + span };
  return {
    id,
    group: "moving",
    direction,
    ...band,
    width,
    speed,
    enterAt,
    until: untilOf(tenant),
    enterWidth,
  };
}
