import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { stagedArrivals } from "../../src/index.ts";
import { countOf, lanesOf, numberOf, ownArrivals } from "../../src/run/shares.ts";

const small = fc.integer({ min: 1, max: 9 });

describe("the parts of a plan", () => {
  it("[LD-25] are all of it, each thing once, whatever the number of workers", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 100 }), small, (total, of) => {
        const all = Array.from({ length: of }, (_, index) => {
          const part = { index, of };
          return Array.from({ length: countOf(total, part) }, (_, at) => numberOf(at, part));
        });

        assert.deepEqual(
          all.flat().toSorted((a, b) => a - b),
          Array.from({ length: total }, (_, number) => number),
        );
      }),
    );
  });

  it("[LD-25] have each send once, due when it is due in the whole, and a user's all in one", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 200 }), small, small, (rate, users, of) => {
        const whole = stagedArrivals([{ kind: "ramp", from: 0, to: rate, seconds: 2 }]);
        const userOf = (send: number): number => (send * 7) % users;
        const seen = new Map<number, number>();
        for (let index = 0; index < of; index += 1) {
          const own = ownArrivals(whole, userOf, { index, of });
          for (let at = 0; at < own.total; at += 1) {
            const send = own.numberOf(at);
            assert.equal(seen.has(send), false);
            assert.equal(own.dueAt(at), whole.dueAt(send));
            assert.equal(userOf(send) % of, index);
            seen.set(send, index);
          }
        }

        assert.equal(seen.size, whole.total);
      }),
    );
  });

  it("[LD-25] have as many publishing connections together as the plan, and at least one each", () => {
    const lanes = (all: number, of: number): number[] =>
      Array.from({ length: of }, (_, index) => lanesOf(all, { index, of }));

    assert.deepEqual(lanes(64, 3), [22, 21, 21]);
    assert.deepEqual(lanes(2, 3), [1, 1, 1]);
  });
});
