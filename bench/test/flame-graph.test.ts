import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { callTree, flameGraph, hottest } from "../load/flame-graph.ts";
import type { CpuProfile } from "../load/flame-graph.ts";

const node = (
  id: number,
  functionName: string,
  children: readonly number[] = [],
  url = "file:///a/b/c.ts",
) => ({
  id,
  callFrame: { functionName, url, lineNumber: id },
  children,
});

/** (root) calls main and waits; main calls a twice, compiled anew in between, and each calls "<b>". */
const PROFILE: CpuProfile = {
  nodes: [
    node(1, "(root)", [2, 7], ""),
    node(2, "main", [3, 5]),
    { ...node(3, "a", [4]), callFrame: { functionName: "a", url: "file:///a/b/c.ts", lineNumber: 9 } },
    { ...node(4, "<b>"), callFrame: { functionName: "<b>", url: "", lineNumber: -1 } },
    { ...node(5, "a", [6]), callFrame: { functionName: "a", url: "file:///a/b/c.ts", lineNumber: 9 } },
    { ...node(6, "<b>"), callFrame: { functionName: "<b>", url: "", lineNumber: -1 } },
    node(7, "(idle)", [], ""),
  ],
  samples: [2, 3, 4, 6, 7, 5],
  timeDeltas: [100_000, 200_000, 300_000, 400_000, 5_000_000, 50_000],
};

describe("a flame graph", () => {
  it("adds up what was called from the same place, and leaves waiting out", () => {
    const root = callTree(PROFILE);

    const main = root.calls.get("main b/c.ts:3");
    const a = main?.calls.get("a b/c.ts:10");
    assert.deepEqual([root.total, main?.total, a?.total, a?.self], [1_050_000, 1_050_000, 950_000, 250_000]);
    assert.deepEqual([main?.calls.size, a?.calls.get("<b> ")?.self], [1, 700_000]);
  });

  it("can be of a stretch of the time", () => {
    assert.equal(callTree(PROFILE, { from: 0.25, to: 1 }).total, 500_000);
    assert.equal(callTree(PROFILE, { from: 5 }).total, 50_000);
  });

  it("names the functions with most time of their own", () => {
    const top = hottest(callTree(PROFILE), 2);

    assert.deepEqual(
      top.map(({ name, self }) => [name, self]),
      [
        ["<b>", 700_000],
        ["a", 250_000],
      ],
    );
  });

  it("is one SVG in which names stand as text, each box as wide as its share", () => {
    const svg = flameGraph(callTree(PROFILE), 'a & "b"');

    assert.match(svg, /^<svg xmlns=.*<\/svg>\n$/s);
    assert.doesNotMatch(svg, /<b>|<script|href/);
    assert.match(svg, /a &#38; &#34;b&#34;/);
    const widths = [...svg.matchAll(/<title>(.*?) .*?<\/title><rect x="[\d.]+" y="\d+" width="([\d.]+)"/g)];
    assert.deepEqual(
      widths.map(([, name, width]) => [name, width]),
      [
        ["all", "1200.0"],
        ["main", "1200.0"],
        ["a", "1085.7"],
        ["&#60;b&#62;", "800.0"],
      ],
    );
  });
});
