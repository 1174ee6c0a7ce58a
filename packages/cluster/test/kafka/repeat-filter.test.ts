import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { danmaku } from "@barrage/testkit";
import * as fc from "fast-check";
import { RepeatFilter } from "../../src/kafka/repeat-filter.ts";
import type { RecordContent } from "../../src/kafka/record-codec.ts";

const content = (id: string, key?: string, room = "a"): RecordContent => ({
  room,
  entry: danmaku(id),
  live: true,
  ...(key === undefined ? {} : { key: { scope: "s", id: key } }),
});

describe("a retry that was stored twice", () => {
  it("[KL-7] is found by its key or by its id", () => {
    const filter = new RepeatFilter(10);

    assert.deepEqual(
      [
        filter.isRepeat(0, content("d1", "k1")),
        filter.isRepeat(1, content("d2", "k1")),
        filter.isRepeat(2, content("d1")),
        filter.isRepeat(3, content("d1", undefined, "b")),
        filter.isRepeat(4, content("d3", "k3")),
      ],
      [false, true, true, false, false],
    );
  });

  it("[KL-7] is found up to the horizon: at n-1 and n records, not at n+1", () => {
    const at = (distance: number): boolean => {
      const filter = new RepeatFilter(5);
      filter.isRepeat(100, content("d1", "k1"));
      return filter.isRepeat(100 + distance, content("d2", "k1"));
    };

    assert.deepEqual([at(4), at(5), at(6)], [true, true, false]);
  });

  it("[KL-7] is found alike by every reader that began a horizon earlier, wherever it began", () => {
    const horizon = 8;
    const keys = fc.array(fc.integer({ min: 0, max: 12 }), { minLength: 1, maxLength: 60 });
    fc.assert(
      fc.property(keys, fc.nat(), (all, from) => {
        const records = all.map((key, i) => content(`d${i}`, String(key)));
        const start = from % all.length;
        const judged = (begin: number): readonly boolean[] => {
          const filter = new RepeatFilter(horizon);
          return records.slice(begin).map((each, i) => filter.isRepeat(begin + i, each));
        };

        const first = judged(0).slice(start);
        const later = judged(Math.max(0, start - horizon)).slice(Math.min(start, horizon));

        assert.deepEqual(later, first);
      }),
    );
  });
});
