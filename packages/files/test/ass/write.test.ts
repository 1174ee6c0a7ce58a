import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { MODES } from "@barrage/protocol";
import { layOut } from "../../src/ass/layout.ts";
import type { AssPlaced } from "../../src/ass/layout.ts";
import { assColor, assText, assTime } from "../../src/ass/text.ts";
import { writeAss } from "../../src/index.ts";
import type { FileDanmaku } from "../../src/index.ts";

const row = (fields: Partial<FileDanmaku> = {}): FileDanmaku => ({
  kind: "danmaku",
  content: "hello",
  mode: "scroll",
  color: 0xffffff,
  size: 25,
  pts_ms: 0,
  ...fields,
});
const options = {
  width: 640,
  height: 200,
  fontSize: 20,
  scrollMs: 8000,
  holdMs: 4000,
  maxDelayMs: 1000,
  bottomBlank: 0,
  area: 1,
};
const dialogues = (ass: string) => ass.split("\n").filter((line) => line.startsWith("Dialogue:"));
const textsOf = (ass: string) => dialogues(ass).map((line) => line.split(",,0,0,0,,")[1]);

/** Left edge at a moment, by the same \move the script has. */
function leftAt({ row: { mode }, startMs, width }: AssPlaced, ms: number): number {
  const progress = ((ms - startMs) / options.scrollMs) * (options.width + width);
  return mode === "scroll" ? options.width - progress : progress - width;
}

function overlap(a: AssPlaced, b: AssPlaced): boolean {
  const from = Math.max(a.startMs, b.startMs);
  const to = Math.min(a.endMs, b.endMs);
  if (from >= to) return false;
  const up = a.row.mode === "bottom" ? [a.y - a.fontSize, b.y - b.fontSize] : [a.y, b.y];
  if (up[0]! + a.fontSize <= up[1]! || up[1]! + b.fontSize <= up[0]!) return false;
  if (a.row.mode === "top" || a.row.mode === "bottom") return true;
  // Distances are linear in time: only the ends of the common time matter.
  return [from, to].some(
    (ms) => leftAt(a, ms) < leftAt(b, ms) + b.width - 0.01 && leftAt(b, ms) < leftAt(a, ms) + a.width - 0.01,
  );
}

const groupOf = ({ mode }: FileDanmaku) => (mode === "scroll" || mode === "reverse" ? "moving" : mode);

describe("writeAss", () => {
  it("[FI-18] never lets two danmaku of a group overlap, and counts those left out", () => {
    const danmaku = fc.record({
      content: fc.string({ minLength: 1, maxLength: 30 }),
      mode: fc.constantFrom(...MODES),
      pts_ms: fc.nat(20_000),
      size: fc.constantFrom(18, 25, 36),
    });
    fc.assert(
      fc.property(fc.array(danmaku, { maxLength: 60 }), (fields) => {
        const { placed, leftOut } = layOut(
          fields.map((each) => row(each)),
          options,
        );

        assert.equal(placed.length + leftOut, fields.length);
        for (const [index, a] of placed.entries()) {
          assert.ok(a.startMs - (a.row.pts_ms ?? 0) <= options.maxDelayMs);
          for (const b of placed.slice(index + 1)) {
            if (groupOf(a.row) === groupOf(b.row)) assert.equal(overlap(a, b), false);
          }
        }
      }),
      { numRuns: 200 },
    );
  });

  it("[FI-18] fills every lane before it leaves one out", () => {
    const many = Array.from({ length: 10 }, () => row({ mode: "top" }));

    assert.equal(layOut(many.slice(0, 8), options).leftOut, 0);
    assert.equal(layOut(many, options).leftOut, 2);
    assert.equal(layOut(many, { ...options, bottomBlank: 100 }).leftOut, 6);
  });

  it("[FI-18] moves all times by the offset and counts what falls before the start", () => {
    const { ass, leftOut } = writeAss([row({ pts_ms: 999 }), row({ pts_ms: 1000 }), row({ pts_ms: 1500 })], {
      offsetMs: -1000,
    });

    assert.equal(leftOut, 1);
    assert.deepEqual(
      dialogues(ass).map((line) => line.split(",")[1]),
      ["0:00:00.00", "0:00:00.50"],
    );
  });

  it("[FI-19] has a style and a motion for each mode", () => {
    const { ass } = writeAss(
      MODES.map((mode, index) => row({ mode, content: "x", pts_ms: index * 60_000 })),
      { width: 1000, height: 500, fontSize: 20 },
    );

    for (const name of ["Scroll", "Reverse", "Top", "Bottom"])
      assert.match(ass, new RegExp(`^Style: ${name},`, "m"));
    assert.deepEqual(
      textsOf(ass).toSorted((a = "", b = "") => (a < b ? -1 : 1)),
      [
        "{\\an2\\pos(500,500)}x",
        "{\\an8\\pos(500,0)}x",
        "{\\move(-7,460,1007,460)}x",
        "{\\move(1007,0,-7,0)}x",
      ],
    );
  });

  it("[FI-19] paints still danmaku over moving ones", () => {
    const layers = dialogues(writeAss(MODES.map((mode) => row({ mode }))).ass).map(
      (line) => line.split(",")[0],
    );

    assert.deepEqual(
      layers.toSorted((a = "", b = "") => (a < b ? -1 : 1)),
      ["Dialogue: 0", "Dialogue: 0", "Dialogue: 1", "Dialogue: 1"],
    );
  });

  it("[FI-19] writes colours as BGR and outlines dark text in white", () => {
    assert.equal(assColor(0x123456), "&H563412&");
    assert.match(textsOf(writeAss([row({ color: 0xff0000 })]).ass)[0]!, /\\c&H0000FF&\}hello$/);
    assert.match(textsOf(writeAss([row({ color: 0 })]).ass)[0]!, /\\c&H000000&\\3c&HFFFFFF&/);
    assert.match(textsOf(writeAss([row({ color: 0x2f2f2f })]).ass)[0]!, /\\3c/);
    assert.doesNotMatch(textsOf(writeAss([row({ color: 0x30_00_00 })]).ass)[0]!, /\\3c/);
  });

  it("[FI-19] keeps commands out of texts", () => {
    assert.equal(assText("{\\an8}a\\Nb\r\nc\n"), "\\{\\\u2060an8\\}a\\\u2060Nb\\Nc\\N");
    assert.equal(assText("  x "), "\\h\\hx\\h");
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom("{", "}", "\\", "n", "N", "h", "\n", "x") }), (text) => {
        const rest = assText(text).replace(/\\\u2060|\\[{}]|\\[Nh]/g, "");
        assert.doesNotMatch(rest, /[{}\\\n]/);
      }),
    );
  });

  it("[FI-19] writes times to the centisecond", () => {
    assert.equal(assTime(0), "0:00:00.00");
    assert.equal(assTime(3_661_239), "1:01:01.24");
    assert.equal(assTime(59_995), "0:01:00.00");
    assert.equal(assTime(36_000_000), "10:00:00.00");
  });

  it("[FI-19] counts records that have no line", () => {
    const superchat = {
      kind: "superchat",
      content: "",
      pin_ms: 0,
      amount_micros: 0,
      currency: "CNY",
    } as const;

    assert.equal(writeAss([superchat, row()]).omitted, 1);
  });
});
