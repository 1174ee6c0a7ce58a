import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { RangeSet } from "../../src/index.ts";

describe("RangeSet", () => {
  it("[LD-8] holds what a Set holds, in ranges that do not touch", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(60), { maxLength: 200 }), (values) => {
        const [ranges, set] = [new RangeSet(), new Set<number>()];
        for (const value of values) {
          assert.equal(ranges.add(value), !set.has(value));
          set.add(value);
        }

        const held: number[] = [];
        let before = -2;
        for (const [from, to] of ranges.ranges()) {
          assert.ok(from > before + 1 && to >= from);
          before = to;
          for (let value = from; value <= to; value += 1) held.push(value);
        }
        assert.deepEqual(
          held,
          [...set].toSorted((a, b) => a - b),
        );
        for (let value = 0; value <= 61; value += 1) assert.equal(ranges.has(value), set.has(value));
      }),
    );
  });

  it("[LD-8] appends a range as it would add its values, and nothing of one that lies elsewhere", () => {
    const range = fc.record({ from: fc.nat(40), more: fc.nat(5) });
    fc.assert(
      fc.property(
        fc.array(fc.nat(40), { maxLength: 20 }),
        fc.array(range, { maxLength: 6 }),
        (values, appended) => {
          const [ranges, added] = [new RangeSet(), new RangeSet()];
          for (const value of values) {
            ranges.add(value);
            added.add(value);
          }
          for (const { from, more } of appended) {
            const last = [...added.ranges()].at(-1)?.[1] ?? -1;
            const fits = ranges.append(from, from + more);
            assert.equal(fits, from > last);
            for (let value = from; fits && value <= from + more; value += 1) added.add(value);
          }
          assert.deepEqual([...ranges.ranges()], [...added.ranges()]);
        },
      ),
    );
  });

  it("[LD-8] keeps a stream without holes as one range", () => {
    const ranges = new RangeSet();
    for (let value = 5; value < 100_000; value += 1) ranges.add(value);

    assert.deepEqual([...ranges.ranges()], [[5, 99_999]]);
  });
});
