import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { progressLine } from "../../src/replay/progress.ts";
import { summaryLines } from "../../src/replay/summary.ts";
import { Tally } from "../../src/replay/tally.ts";

function tally(): Tally {
  const counts = new Tally(8);
  for (let count = 0; count < 3; count += 1) counts.add({ status: "acked" });
  counts.add({ status: "lost", code: "BARRAGE_MUTED" });
  return counts;
}

describe("what a replay says", () => {
  it("[CL-22] a line tells how far it is, within the screen's width", () => {
    const line = progressLine(tally(), 65_000, 80);

    assert.match(line, /^#{15}-{15} {2}50% {2}4\/8 {2}1:05 {2}lost 1$/);
    assert.equal(progressLine(tally(), 0, 30).includes("#"), false);
    assert.ok(progressLine(tally(), 0, 40).length <= 40);
  });

  it("[CL-22] the summary has every danmaku of the file in one count", () => {
    const lines = summaryLines({
      file: {
        rows: [],
        danmaku: [],
        skipped: [],
        skippedByReason: { "mode 7 is a program": 2 },
        noted: { "no colour": 1 },
        stripped: 3,
      },
      plan: { sends: [], adjusted: { "the size was out of range": 4 }, durationMs: 0 },
      tally: tally(),
      elapsedMs: 2_000,
    });

    assert.deepEqual(lines, [
      "sent 4 of 8 in 2.0 s (2 per second): acked 3, held 0, lost 1, retries 0",
      "lost: 1 BARRAGE_MUTED",
      "skipped 2 of the file: 2 mode 7 is a program",
      "put right: 1 no colour, 4 the size was out of range",
      "characters that XML cannot hold, removed: 3",
    ]);
  });
});
