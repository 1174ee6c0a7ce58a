import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import type { DanmakuMode, OverlayItem, Placed } from "@barrage/overlay";
import { findTouch, type Stay, type WidthChange } from "./never-touch.ts";
import { settingsOf, stageOf, totalDropped } from "./stage-world.ts";

const MODES: readonly DanmakuMode[] = ["scroll", "scroll", "scroll", "reverse", "top", "bottom"];

const OFFER = fc.record({
  kind: fc.constant("offer" as const),
  mode: fc.constantFrom(...MODES),
  length: fc.integer({ min: 1, max: 120 }),
  size: fc.integer({ min: 12, max: 64 }),
  priority: fc.integer({ min: -1, max: 3 }),
});
const WAIT = fc.record({ kind: fc.constant("wait" as const), ms: fc.integer({ min: 0, max: 3_000 }) });
const RESIZE = fc.record({
  kind: fc.constant("resize" as const),
  width: fc.integer({ min: 0, max: 2_500 }),
  height: fc.integer({ min: 0, max: 600 }),
});
const SETTINGS = fc.record({
  kind: fc.constant("settings" as const),
  scale: fc.constantFrom(0.5, 0.77, 1, 1.3, 3),
  speed: fc.constantFrom(0.25, 1, 4),
  area: fc.constantFrom(0.25, 0.5, 0.75, 1),
  density: fc.constantFrom(null, 0, 3, 20),
  reducedMotion: fc.constantFrom(false, false, false, true),
});
const PAUSE = fc.record({ kind: fc.constant("pause" as const), paused: fc.boolean() });
const REMOVE = fc.record({ kind: fc.constant("remove" as const), nth: fc.integer({ min: 2, max: 5 }) });
const STEPS = fc.array(
  fc.oneof(
    { weight: 12, arbitrary: OFFER },
    { weight: 6, arbitrary: WAIT },
    { weight: 1, arbitrary: RESIZE },
    { weight: 1, arbitrary: SETTINGS },
    { weight: 1, arbitrary: PAUSE },
    { weight: 1, arbitrary: REMOVE },
  ),
  { minLength: 1, maxLength: 120 },
);
type Step = typeof STEPS extends fc.Arbitrary<(infer S)[]> ? S : never;

/** Plays steps on a stage, notes every stay and checks the account after each step. */
function play(steps: readonly Step[]): { stays: Stay[]; widths: WidthChange[] } {
  const stage = stageOf({ pendingLimit: 20, size: { width: 800, height: 200 } });
  const seen = new Map<Placed, number>();
  const widths: WidthChange[] = [{ at: 0, width: 800 }];
  let now = 0;
  let id = 0;

  const apply = (step: Step): void => {
    if (step.kind === "wait") now += step.ms;
    if (step.kind === "pause") stage.setPaused(step.paused, now);
    if (step.kind === "settings") stage.update(settingsOf(step), now);
    if (step.kind === "remove") stage.removeBy((item) => Number(item.id) % step.nth === 0, "removed", now);
    if (step.kind === "offer") {
      id += 1;
      const { mode, size, priority } = step;
      const item: OverlayItem = { id: String(id), text: "x".repeat(step.length), mode, size, color: 0 };
      stage.offer(item, priority, now);
    }
    if (step.kind === "resize") {
      const t = stage.advance(now);
      stage.resize({ width: step.width, height: step.height }, now);
      widths.push({ at: t, width: step.width });
    }
  };

  for (const step of steps) {
    const before = new Set(stage.onStage);
    apply(step);
    const t = stage.advance(now);
    for (const placed of stage.onStage) before.delete(placed);
    // Gone by now: at its own time or, if that is still to come, taken off in this step.
    for (const gone of before) seen.set(gone, Math.min(gone.leaveAt, t));
    for (const placed of stage.onStage) seen.set(placed, placed.leaveAt);
    const { offered, shown, pending, held } = stage.counts;
    assert.equal(offered, shown + totalDropped(stage.counts) + pending);
    assert.equal(held, stage.onStage.filter(({ entered }) => entered).length + pending);
  }
  return { stays: [...seen].map(([placed, until]) => stayOf(placed, until)), widths };
}

function stayOf(placed: Placed, until: number): Stay {
  const { mode, request, look, offset, enterAt, enterWidth, item } = placed;
  const isMoving = "speed" in request;
  return {
    id: item.id,
    group: isMoving ? "moving" : mode,
    direction: isMoving ? request.mode : "still",
    bandFrom: offset,
    bandTo: offset + look.height,
    width: look.width,
    speed: isMoving ? request.speed : 0,
    enterAt,
    until,
    enterWidth,
  };
}

describe("Stage, for any run of offers, waits, resizes, settings, pauses and removals", () => {
  it("[OV-1] [OV-2] [OV-3] [OV-5] [OV-8] no two of a group ever touch and the account is right after every step", () => {
    fc.assert(
      fc.property(STEPS, (steps) => {
        const { stays, widths } = play(steps);
        assert.equal(findTouch(stays, widths), null);
      }),
      { numRuns: 600 },
    );
  });

  it("[OV-7] plays the same steps the same", () => {
    fc.assert(
      fc.property(STEPS, (steps) => {
        assert.deepEqual(play(steps), play(steps));
      }),
      { numRuns: 60 },
    );
  });

  it("[OV-5] top and bottom danmaku never overlap, whatever the stage's size", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 900 }),
        fc.array(OFFER, { minLength: 8, maxLength: 40 }),
        (height, offers) => {
          const stage = stageOf({ size: { width: 600, height } });
          for (const [index, { size, length }] of offers.entries()) {
            const mode = index % 2 === 0 ? "top" : "bottom";
            stage.offer({ id: String(index), text: "x".repeat(length), mode, size, color: 0 }, 0, 0);
          }
          stage.advance(0);
          const reach = (mode: DanmakuMode): number =>
            Math.max(
              0,
              ...stage.onStage
                .filter((placed) => placed.mode === mode && placed.entered)
                .map((p) => p.offset + p.look.height),
            );
          const isOneLane = height < 64;
          assert.equal(isOneLane ? reach("bottom") : 0, 0);
          assert.equal(isOneLane || reach("top") + reach("bottom") <= height, true);
        },
      ),
    );
  });
});
