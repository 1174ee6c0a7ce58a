import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { roundUp, stepPlot } from "../load/step-plot.ts";

describe("a plot of steps", () => {
  it("ends its axes at round numbers", () => {
    assert.deepEqual([0, 1, 1.1, 20, 21, 51, 100, 1_001].map(roundUp), [1, 1, 2, 20, 50, 100, 100, 2_000]);
  });

  it("holds each value until the next, each measure in a lane of its own", () => {
    const svg = stepPlot(
      "a < b",
      [1, 2, 4],
      [
        { label: "rate & more", values: [10, 50, 100] },
        { label: "window", values: [0, 0, 0] },
      ],
    );

    assert.match(svg, /^<svg xmlns=.*<\/svg>\n$/s);
    assert.match(svg, /a &#60; b.*rate &#38; more.*window/s);
    // 720 - 60 - 12 px for 4 s; the first lane goes from y 34 (100) to 144 (0).
    assert.match(svg, /d="M60\.0 133\.0H222\.0V89\.0H384\.0V34\.0H708\.0"/);
    assert.match(svg, /d="M60\.0 276\.0H222\.0V276\.0H384\.0V276\.0H708\.0"/);
  });
});
