import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { MODES, NAME_MAX_GRAPHEMES, parsePublish } from "@barrage/protocol";
import { look } from "../../src/demo/looks.ts";
import { crowdName, phrase } from "../../src/demo/phrases.ts";
import { seededRandom } from "../../src/demo/random.ts";
import { EBB_PER_SECOND, FLOOD_PER_SECOND, gapMs, rateAt } from "../../src/demo/rhythm.ts";

const many = <T>(make: () => T, count = 5_000): readonly T[] => Array.from({ length: count }, make);

describe("the crowd", () => {
  it("[CL-30] says the same for the same seed and other things for another", () => {
    const said = (seed: number): readonly string[] => {
      const random = seededRandom(seed);
      return many(() => phrase(random), 50);
    };
    assert.deepEqual(said(7), said(7));
    assert.notDeepEqual(said(7), said(8));
  });

  it("[CL-30] has hundreds of texts in two languages, each of which a room takes as it is", () => {
    const random = seededRandom(1);
    const said = new Set(many(() => phrase(random)));

    assert.ok(said.size > 500, String(said.size));
    assert.ok([...said].some((text) => /[\u4e00-\u9fff]/.test(text)));
    assert.ok([...said].some((text) => /^[a-z ]+$/.test(text)));
    for (const content of said) {
      const publish = parsePublish({ content, ...look(random) }, 100);
      assert.equal(publish.content, content);
    }
  });

  it("[CL-30] uses every mode, mostly scrolling, and names of a name's length", () => {
    const random = seededRandom(2);
    const modes = many(() => look(random).mode);
    assert.deepEqual(new Set(modes), new Set(MODES));
    assert.ok(modes.filter((mode) => mode === "scroll").length > modes.length / 2);
    for (const name of many(() => crowdName(random), 200))
      assert.ok(name.length > 0 && name.length <= NAME_MAX_GRAPHEMES);
  });

  it("[CL-31] comes and goes between ebb and flood", () => {
    const rates = Array.from({ length: 480 }, (_, step) => rateAt(step * 100));

    assert.equal(rates[0], EBB_PER_SECOND);
    assert.equal(Math.max(...rates), FLOOD_PER_SECOND);
    assert.equal(Math.min(...rates), EBB_PER_SECOND);
  });

  it("[CL-31] leaves gaps whose mean is the rate's", () => {
    const random = seededRandom(3);
    const gaps = many(() => gapMs(24_000, random), 20_000);
    const mean = gaps.reduce((sum, gap) => sum + gap, 0) / gaps.length;
    assert.ok(Math.abs(mean - 1_000 / FLOOD_PER_SECOND) < 10, String(mean));
  });
});
