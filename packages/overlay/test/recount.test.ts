import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { leftOf } from "../src/stage/placed.ts";
import { recounted } from "../src/stage/recount.ts";
import { item, measure, stageOf, textOf } from "./stage-world.ts";

const LABEL = textOf(114);

describe("Stage: counts that grow", () => {
  it("[OV-29] changes the label of one that is shown, where it is", () => {
    const stage = stageOf();
    stage.offer(item({ id: "a", grows: true }), 0, 0);
    stage.advance(0);
    const before = leftOf(stage.onStage[0]!, 1_000, stage.size);

    assert.equal(stage.recount("a", 128), true);

    const placed = stage.onStage[0]!;
    assert.equal(placed.look.label, `${LABEL} ×128`);
    assert.equal(placed.look.width, 114 + 5 * 10);
    assert.equal(leftOf(placed, 1_000, stage.size), before);
  });

  it("[OV-29] stays until its longer label has left", () => {
    const stage = stageOf();
    stage.offer(item({ id: "a", grows: true }), 0, 0);
    stage.advance(0);
    stage.recount("a", 128);

    stage.advance(8_300);
    assert.equal(stage.onStage.length, 1);
    stage.advance(8_400);
    assert.equal(stage.onStage.length, 0);
  });

  it("[OV-29] changes one that waits for a lane", () => {
    const stage = stageOf({ size: { width: 1_000, height: 32 } });
    stage.offer(item(), 0, 0);
    stage.offer(item({ id: "b" }), 0, 0);
    stage.advance(0);
    assert.equal(stage.onStage.length, 1);

    assert.equal(stage.recount("b", 2), true);
    stage.advance(3_000);

    assert.equal(stage.onStage[1]?.look.label, `${LABEL} ×2`);
  });

  it("[OV-29] keeps room for three digits behind one that grows", () => {
    const stage = stageOf({ size: { width: 1_000, height: 32 } });
    stage.offer(item({ id: "a", grows: true }), 0, 0);
    stage.offer(item({ id: "b" }), 0, 0);
    stage.advance(0);
    stage.recount("a", 999);
    stage.advance(3_000);
    const [first, second] = stage.onStage;

    for (let t = second!.enterAt; t < first!.leaveAt; t += 50) {
      const end = leftOf(first!, t, stage.size) + first!.look.width;
      assert.ok(end <= leftOf(second!, t, stage.size), `they touch at ${t}`);
    }
  });

  it("[OV-29] draws a label smaller that is wider than its room", () => {
    const casting = {
      grid: { size: { width: 1_000, height: 128 } },
      measure: (label: string, fontPx: number) => (measure(label) * fontPx) / 25,
    };
    const stage = stageOf();
    stage.offer(item({ id: "a" }), 0, 0);
    stage.advance(0);
    const grown = recounted(stage.onStage[0]!, 128, casting as never);

    assert.equal(grown.look.label, `${LABEL} ×128`);
    assert.ok(grown.look.fontPx < 25);
    assert.ok(grown.look.width <= 114);
  });

  it("[OV-29] keeps the label that it has where a longer one could not be read", () => {
    const stage = stageOf();
    stage.offer(item({ id: "a" }), 0, 0);
    stage.advance(0);
    stage.recount("a", 128);

    assert.equal(stage.onStage[0]?.look.label, LABEL);
    assert.equal(stage.onStage[0]?.item.count, 128);
  });

  it("[OV-29] says no for one that is not there", () => {
    const stage = stageOf();
    assert.equal(stage.recount("a", 2), false);
  });
});
