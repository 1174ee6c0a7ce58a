import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { danmaku } from "@barrage/testkit";
import fc from "fast-check";
import { JudgedRecords } from "../../src/kafka/judged-records.ts";
import type { RecordContent } from "../../src/kafka/record-codec.ts";
import { RepeatFilter } from "../../src/kafka/repeat-filter.ts";

const HORIZON = 8;
const content = (id: string): RecordContent => ({ room: "a", entry: danmaku(id), live: true });

describe("records that are judged once for all readers", () => {
  it("[KL-7] every reader that begins within them is told what it would find by itself", () => {
    const ids = fc.array(fc.integer({ min: 0, max: 12 }), { minLength: 1, maxLength: 60 });
    const reads = fc.array(fc.tuple(fc.nat(), fc.nat()), { minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(ids, reads, (all, pages) => {
        const records = all.map((id) => content(`d${id}`));
        const filter = new RepeatFilter(HORIZON);
        const truth = records.map((each, i) => filter.isRepeat(i, each));
        let judged: JudgedRecords | undefined;
        for (const [place, length] of pages) {
          const start = place % all.length;
          const end = Math.min(all.length, start + (length % 20));
          if (judged?.covers(start) !== true) judged = new JudgedRecords(start, HORIZON);
          const begin = Math.min(start, judged.end);
          for (const [i, record] of records.slice(begin, end).entries()) {
            const isRepeat = judged.isRepeat(begin + i, record);
            if (begin + i >= start) assert.equal(isRepeat, truth[begin + i]);
          }
        }
      }),
    );
  });

  it("[KL-7] it looks back a horizon, at most to the beginning, and covers what it was made for from there on", () => {
    assert.deepEqual(
      [HORIZON - 1, HORIZON, HORIZON + 1].map((start) => new JudgedRecords(start, HORIZON).end),
      [0, 0, 1],
    );
    const judged = new JudgedRecords(9, HORIZON);
    for (let at = judged.end; at < 12; at++) judged.isRepeat(at, content(`d${at}`));
    assert.deepEqual(
      [8, 9, 12, 13].map((start) => judged.covers(start)),
      [false, true, true, false],
    );
  });

  it("[KL-7] of more repeats than it remembers the oldest are judged anew", () => {
    const judged = new JudgedRecords(0, HORIZON);
    for (let at = 0; at <= 16_384; at++) judged.isRepeat(at, content("same"));
    assert.equal(judged.covers(0), true);

    judged.isRepeat(16_385, content("same"));

    assert.deepEqual(
      [1, 2].map((start) => judged.covers(start)),
      [false, true],
    );
  });
});
