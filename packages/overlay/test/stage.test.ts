import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type OverlayItem, PRIORITY } from "@barrage/overlay";
import { leftOf, topOf } from "../src/stage/placed.ts";
import type { Stage } from "../src/stage/stage.ts";
import { item, settingsOf, stageOf, textOf, totalDropped } from "./stage-world.ts";

const boxOf = (stage: Stage<OverlayItem>, t: number, index = 0): readonly [number, number] => {
  const placed = stage.onStage[index]!;
  return [Math.round(leftOf(placed, t, stage.size) * 1_000) / 1_000, topOf(placed, stage.size)];
};

describe("Stage: positions", () => {
  it("[OV-1] takes a scroll danmaku from the right edge out at the left in 8 s, a reverse one the other way", () => {
    const stage = stageOf();
    stage.offer(item(), 0, 0);
    stage.offer(item({ mode: "reverse" }), 0, 0);
    stage.advance(0);
    assert.deepEqual(
      [boxOf(stage, 0), boxOf(stage, 8_000)],
      [
        [1_000, 0],
        [-114, 0],
      ],
    );
    assert.deepEqual(
      [boxOf(stage, 0, 1), boxOf(stage, 8_000, 1)],
      [
        [-114, 96],
        [1_000, 96],
      ],
    );
    stage.advance(7_999);
    assert.equal(stage.onStage.length, 2);
    stage.advance(8_000);
    assert.equal(stage.onStage.length, 0);
  });

  it("[OV-5] stands top and bottom danmaku at their edges, centred, for 5 s, and top and bottom lanes apart", () => {
    const stage = stageOf();
    for (let each = 0; each < 5; each += 1) {
      stage.offer(item({ mode: "top" }), 0, 0);
      stage.offer(item({ mode: "bottom" }), 0, 0);
    }
    stage.advance(0);
    const tops = stage.onStage.map((placed) => topOf(placed, stage.size));
    assert.deepEqual(tops, [0, 96, 32, 64]);
    assert.deepEqual(boxOf(stage, 0), [443, 0]);
    stage.advance(4_999);
    assert.equal(stage.counts.dropped.late, 6);
    assert.equal(stage.onStage.length, 4);
    stage.advance(5_000);
    assert.equal(stage.onStage.length, 0);
  });

  it("[OV-5] a stage of one lane has a top lane and no bottom one; of none, nothing is placed", () => {
    const one = stageOf({ size: { width: 500, height: 33 } });
    const none = stageOf({ size: { width: 500, height: 0 } });
    for (const stage of [one, none]) {
      stage.offer(item({ mode: "top" }), 0, 0);
      stage.offer(item({ mode: "bottom" }), 0, 0);
      stage.advance(0);
    }
    assert.deepEqual(
      one.onStage.map(({ mode }) => mode),
      ["top"],
    );
    assert.deepEqual([none.onStage.length, none.isActive], [0, false]);
  });

  it("[OV-6] gives size 36 two lanes, and draws what is higher than all lanes smaller", () => {
    const stage = stageOf();
    stage.offer(item({ size: 36 }), 0, 0);
    stage.offer(item(), 0, 0);
    stage.advance(0);
    assert.deepEqual(boxOf(stage, 0, 1), [1_000, 64]);
    const low = stageOf({ size: { width: 1_000, height: 40 } });
    low.offer(item({ size: 64 }), 0, 0);
    low.advance(0);
    assert.deepEqual([low.onStage[0]?.look.fontPx, low.onStage[0]?.look.height], [25, 32]);
  });

  it("[OV-6] shrinks a still danmaku wider than the stage", () => {
    const stage = stageOf({ size: { width: 200, height: 128 } });
    stage.offer(item({ mode: "top", text: textOf(414) }), 0, 0);
    stage.advance(0);
    assert.equal(stage.onStage[0]?.look.fontPx, 12);
  });

  it("[OV-3] a resize changes nobody's moment of leaving, in either direction", () => {
    const stage = stageOf();
    stage.offer(item(), 0, 0);
    stage.offer(item({ mode: "reverse" }), 0, 0);
    stage.advance(0);
    for (const width of [400, 1_700]) {
      stage.resize({ width, height: 128 }, 4_000);
      assert.deepEqual([boxOf(stage, 8_000)[0], boxOf(stage, 8_000, 1)[0]], [-114, width]);
    }
  });

  it("[OV-16] pause freezes every position, resume goes on from it", () => {
    const stage = stageOf();
    stage.offer(item(), 0, 0);
    stage.advance(0);
    stage.setPaused(true, 4_000);
    assert.deepEqual(boxOf(stage, stage.advance(90_000)), [443, 0]);
    stage.setPaused(false, 100_000);
    assert.deepEqual(boxOf(stage, stage.advance(102_000)), [164.5, 0]);
  });

  it("[OV-16] a paused stage takes nobody in and asks for no frames", () => {
    const stage = stageOf();
    stage.setPaused(true, 0);
    stage.offer(item(), 0, 0);
    stage.advance(10);
    assert.deepEqual([stage.onStage.length, stage.counts.pending, stage.isActive], [0, 1, false]);
  });

  it("[OV-16] a change of speed moves nothing at that moment and everything faster after it", () => {
    const stage = stageOf();
    stage.offer(item(), 0, 0);
    stage.advance(0);
    const before = boxOf(stage, stage.advance(4_000));
    stage.update(settingsOf({ speed: 2 }), 4_000);
    assert.deepEqual(boxOf(stage, stage.advance(4_000)), before);
    stage.advance(5_999);
    assert.equal(stage.onStage.length, 1);
    stage.advance(6_000);
    assert.equal(stage.onStage.length, 0);
  });

  it("[OV-20] with reduced motion those that would move stand at the top and fade", () => {
    const stage = stageOf({ settings: { reducedMotion: true } });
    stage.offer(item(), 0, 0);
    stage.offer(item({ mode: "reverse" }), 0, 0);
    stage.offer(item({ mode: "bottom" }), 0, 0);
    stage.advance(0);
    assert.deepEqual(
      stage.onStage.map(({ mode, fadeMs }) => [mode, fadeMs]),
      [
        ["top", 300],
        ["top", 300],
        ["bottom", 300],
      ],
    );
    assert.deepEqual(boxOf(stage, 0), boxOf(stage, 4_000));
  });

  it("[OV-20] switching reduced motion on takes off what is moving, and only that", () => {
    const stage = stageOf();
    stage.offer(item(), 0, 0);
    stage.offer(item({ mode: "top" }), 0, 0);
    stage.advance(0);
    stage.update(settingsOf({ reducedMotion: true }), 10);
    assert.deepEqual(
      stage.onStage.map(({ mode }) => mode),
      ["top"],
    );
  });
});

describe("Stage: the account", () => {
  it("[OV-8] counts as shown at the moment of entering, as pending before it", () => {
    const stage = stageOf({ size: { width: 1_000, height: 32 } });
    stage.offer(item(), 0, 0);
    stage.offer(item({ mode: "reverse" }), 0, 0);
    stage.advance(0);
    assert.deepEqual([stage.counts.shown, stage.counts.pending, stage.onStage.length], [1, 1, 2]);
    stage.advance(8_000);
    assert.deepEqual([stage.counts.shown, stage.counts.pending, stage.onStage.length], [2, 0, 1]);
  });

  it("[OV-8] counts one that came and went with no frame in between as late, not as shown", () => {
    const stage = stageOf({ size: { width: 1_000, height: 32 } });
    stage.offer(item(), 0, 0);
    stage.offer(item({ mode: "reverse" }), 0, 0);
    stage.advance(0);
    stage.advance(60_000);
    assert.deepEqual([stage.counts.shown, stage.counts.dropped.late, stage.counts.held], [1, 1, 0]);
  });

  it("[OV-9] refuses what cannot be painted", () => {
    const stage = stageOf();
    const wrong = [
      { text: " \n\t " },
      { color: Number.NaN },
      { size: Infinity },
      { mode: "spin" },
      { text: 7 },
      { id: 7 },
    ];
    for (const fields of wrong) assert.equal(stage.offer(item(fields as Partial<OverlayItem>), 0, 0), false);
    assert.equal(stage.counts.dropped.invalid, wrong.length);
  });

  it("[OV-10] refuses an id that waits or is on the screen, and takes it again after", () => {
    const stage = stageOf();
    assert.equal(stage.offer(item({ id: "a" }), 0, 0), true);
    assert.equal(stage.offer(item({ id: "a" }), 0, 0), false);
    stage.advance(0);
    assert.equal(stage.offer(item({ id: "a" }), 0, 0), false);
    stage.advance(8_000);
    assert.equal(stage.offer(item({ id: "a" }), 0, 8_000), true);
    assert.equal(stage.counts.dropped.duplicate, 2);
  });

  it("[OV-11] at the limit the oldest of the lowest priority gives way", () => {
    const stage = stageOf({ pendingLimit: 2 });
    stage.offer(item({ id: "a" }), 0, 0);
    stage.offer(item({ id: "b" }), 0, 0);
    assert.equal(stage.counts.dropped.full, 0);
    assert.equal(stage.offer(item({ id: "c" }), 0, 0), true);
    assert.equal(stage.offer(item({ id: "low" }), PRIORITY.low, 0), false);
    stage.advance(0);
    assert.deepEqual(
      stage.onStage.map((placed) => placed.item.id),
      ["b", "c"],
    );
    assert.equal(stage.counts.dropped.full, 2);
  });

  it("[OV-11] serves own and paid ones first, then by age", () => {
    const stage = stageOf();
    stage.offer(item({ id: "plain" }), 0, 0);
    stage.offer(item({ id: "own", own: true }), 0, 0);
    stage.offer(item({ id: "nan" }), Number.NaN, 0);
    stage.offer(item({ id: "paid" }), PRIORITY.paid, 0);
    stage.advance(0);
    assert.deepEqual(
      stage.onStage.map((placed) => placed.item.id),
      ["own", "paid", "plain", "nan"],
    );
  });

  it("[OV-12] drops an ordinary one after 4 s, an urgent one after 16 s", () => {
    for (const [priority, ms] of [
      [PRIORITY.host, 4_000],
      [PRIORITY.paid, 16_000],
    ] as const) {
      const stage = stageOf({ size: { width: 0, height: 0 } });
      stage.offer(item(), priority, 0);
      stage.advance(ms - 1);
      assert.deepEqual([stage.counts.pending, stage.counts.dropped.late], [1, 0]);
      stage.advance(ms);
      assert.deepEqual([stage.counts.pending, stage.counts.dropped.late], [0, 1]);
    }
  });

  it("[OV-12] an urgent one books a lane however full the stage is", () => {
    const stage = stageOf({ size: { width: 1_000, height: 64 } });
    for (let each = 0; each < 20; each += 1) stage.offer(item({ mode: "top" }), 0, 0);
    stage.advance(0);
    stage.offer(item({ id: "own", mode: "top", own: true }), 0, 1);
    stage.advance(1);
    assert.equal(stage.onStage.find((placed) => placed.item.id === "own")?.enterAt, 5_000);
  });

  it("[OV-13] lets density - 1, density, and not density + 1 ordinary ones in; urgent ones always", () => {
    const stage = stageOf({ settings: { density: 2 } });
    const shown = [0, 0, 0, PRIORITY.paid].map((priority) => {
      stage.offer(item(), priority, 0);
      stage.advance(0);
      return stage.onStage.length;
    });
    assert.deepEqual(shown, [1, 2, 2, 3]);
    stage.advance(4_000);
    assert.equal(stage.counts.dropped.dense, 1);
  });

  it("[OV-21] switched off, it empties itself and refuses as disabled; a mode off, those of the mode", () => {
    const stage = stageOf();
    stage.offer(item(), 0, 0);
    stage.offer(item({ mode: "top" }), 0, 0);
    stage.advance(0);
    stage.offer(item(), 0, 0);
    stage.update(settingsOf({ modes: { scroll: false, reverse: true, top: true, bottom: true } }), 1);
    assert.deepEqual(
      stage.onStage.map(({ mode }) => mode),
      ["top"],
    );
    assert.equal(stage.offer(item(), 0, 1), false);
    assert.equal(stage.counts.dropped.mode, 2);
    stage.update(settingsOf({ enabled: false }), 2);
    assert.equal(stage.offer(item({ mode: "top" }), 0, 2), false);
    assert.deepEqual([stage.onStage.length, stage.counts.dropped.disabled, stage.counts.held], [0, 1, 0]);
  });

  it("[OV-21] a smaller area holds fewer lanes; those outside of it leave", () => {
    const stage = stageOf();
    for (let each = 0; each < 4; each += 1) stage.offer(item(), 0, 0);
    stage.advance(0);
    stage.update(settingsOf({ area: 0.5 }), 1);
    assert.deepEqual(
      stage.onStage.map((placed) => topOf(placed, stage.size)),
      [0, 32],
    );
    stage.update(settingsOf({ area: 0.25 }), 2);
    assert.equal(stage.onStage.length, 1);
  });

  it("[OV-28] a stage with room keeps still and moving ones in different rows", () => {
    const stage = stageOf({ size: { width: 1_000, height: 320 } });
    const modes = ["scroll", "top", "scroll", "bottom", "reverse", "top", "scroll"] as const;
    for (const mode of modes) stage.offer(item({ mode }), 0, 0);
    stage.advance(0);
    const tops = stage.onStage.map((placed) => topOf(placed, stage.size));
    assert.equal(new Set(tops).size, modes.length);
  });

  it("[OV-24] a predicate that throws removes nothing", () => {
    const stage = stageOf();
    for (const id of ["a", "b", "c"]) stage.offer(item({ id }), 0, 0);
    stage.advance(0);
    const wanted = (offered: OverlayItem): boolean => {
      if (offered.id === "c") throw new Error("from outside");
      return true;
    };
    assert.throws(() => stage.removeBy(wanted, "removed", 0), { message: "from outside" });
    assert.deepEqual([stage.onStage.length, stage.counts.held, totalDropped(stage.counts)], [3, 3, 0]);
  });

  it("[OV-24] removal frees the lane, counts one that waited, and answers how many", () => {
    const stage = stageOf({ size: { width: 1_000, height: 32 } });
    stage.offer(item({ id: "on" }), 0, 0);
    stage.advance(0);
    stage.offer(item({ id: "waits" }), 0, 0);
    assert.equal(
      stage.removeBy(() => true, "removed", 0),
      2,
    );
    assert.deepEqual(
      [stage.counts.dropped.removed, totalDropped(stage.counts), stage.counts.held],
      [1, 1, 0],
    );
    stage.offer(item(), 0, 0);
    stage.advance(0);
    assert.equal(stage.onStage[0]?.enterAt, 0);
  });
});
