import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import fc from "fast-check";
import { RecentMap } from "@barrage/engine";

// The collector is behind a flag; set here, the test needs no special command line.
setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;

type Step = readonly [what: "set" | "touch" | "delete", key: number];

const steps = (keys: number, maxLength: number): fc.Arbitrary<readonly Step[]> =>
  fc.array(fc.tuple(fc.constantFrom("set", "set", "touch", "delete"), fc.nat(keys)), {
    maxLength,
    size: "max",
  });

/** What it should have: pairs, the one set longest ago first. */
function model(max: number, all: readonly Step[]): readonly (readonly [number, number])[] {
  let pairs: (readonly [number, number])[] = [];
  for (const [i, [what, key]] of all.entries()) {
    const found = pairs.find(([known]) => known === key);
    if (what === "touch" && found === undefined) continue;
    pairs = pairs.filter(([known]) => known !== key);
    if (what !== "delete") pairs.push([key, what === "set" ? i : (found?.[1] ?? i)]);
    if (pairs.length > max) pairs.shift();
  }
  return pairs;
}

function run(map: RecentMap<number, number>, all: readonly Step[]): void {
  for (const [i, [what, key]] of all.entries()) {
    const found = map.get(key);
    if (what === "set") map.set(key, i);
    if (what === "touch" && found !== undefined) map.set(key, found);
    if (what === "delete") assert.equal(map.delete(key), found !== undefined);
  }
}

/** Its pairs, by key. */
function pairsOf(map: RecentMap<number, number>, keys: number): readonly (readonly [number, number])[] {
  const pairs: (readonly [number, number])[] = [];
  for (let key = 0; key <= keys; key++) {
    const value = map.get(key);
    if (value !== undefined) pairs.push([key, value]);
  }
  return pairs;
}

const byKey = (pairs: readonly (readonly [number, number])[]) =>
  pairs.toSorted(([one], [other]) => one - other);

describe("a map of what was set last", () => {
  for (const max of [0, 1, 2, 3, 40]) {
    it(`has what a list of ${max} would have, after any calls`, () => {
      const keys = max + Math.ceil(max / 2) + 2;
      fc.assert(
        fc.property(steps(keys, 20 * (max + 1)), (all) => {
          const map = new RecentMap<number, number>(max);

          run(map, all);

          const expected = model(max, all);
          assert.deepEqual(pairsOf(map, keys), byKey(expected));
          assert.equal(map.size, expected.length);
        }),
      );
    });
  }

  for (const [count, kept] of [
    [1, [0]],
    [2, [0, 1]],
    [3, [1, 2]],
  ] as const) {
    it(`of ${count} that were set, where 2 are kept, has ${kept.join(" and ")}`, () => {
      const map = new RecentMap<number, string>(2);

      for (let key = 0; key < count; key++) map.set(key, `v${key}`);

      assert.deepEqual(
        [0, 1, 2].filter((key) => map.get(key) !== undefined),
        kept,
      );
    });
  }

  it("what is got goes as if it had not been; what is set again is the newest", () => {
    const map = new RecentMap<string, number>(2);
    map.set("a", 1);
    map.set("b", 2);
    map.get("a");
    map.set("c", 3);
    assert.deepEqual([map.get("a"), map.get("b"), map.get("c")], [undefined, 2, 3]);

    map.set("b", 4);
    map.set("d", 5);

    assert.deepEqual([map.get("b"), map.get("c"), map.get("d")], [4, undefined, 5]);
  });

  it("holds nothing but its entries, however often they are set again after one has gone", () => {
    const map = new RecentMap<number, number>(2_000);
    for (let key = 0; key <= 2_000; key++) map.set(key, key);
    collect();
    const before = process.memoryUsage().heapUsed;

    for (let i = 0; i < 500_000; i++) map.set(1 + (i % 1_000), i);

    collect();
    // What the Map has outgrown meanwhile is ten times as much.
    assert.equal(process.memoryUsage().heapUsed - before < 3_000_000, true);
    assert.equal(map.size, 2_000);
  });
});
