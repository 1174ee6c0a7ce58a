import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { knows, rangesOf } from "../../src/redis/slot-ranges.ts";

const [A, B, C] = [
  ["a", 1, "id of a"],
  ["b", 2, "id of b"],
  ["c", 3, "id of c", ["hostname", "c"]],
];

/** A client that has these nodes for each slot, and a connection to some. */
function clientOf(slots: Readonly<Record<number, string[]>>, connected: readonly string[]) {
  const nodes = connected.map((name) => {
    const [host, port] = name.split(":");
    return { options: { host, port: Number(port) } };
  });
  return { slots, nodes: () => nodes } as unknown as Parameters<typeof knows>[0];
}

describe("what a node says of the slots", () => {
  it("[RD-76] is told in one order, without what is no range or has no address", () => {
    const reply = [[9, 16, B], "?", [0, 8, A, C, ["", 4], B], [20, 30], [40, 41, ["", 5]]];

    assert.deepEqual(rangesOf(reply), [
      { from: 0, to: 8, master: "a:1", replicas: ["b:2", "c:3"] },
      { from: 9, to: 16, master: "b:2", replicas: [] },
    ]);
    for (const nothing of [undefined, "OK", []]) assert.deepEqual(rangesOf(nothing), []);
  });

  it("[RD-76] is known where each slot has its nodes, and each node a connection", () => {
    const ranges = rangesOf([[0, 8, A, B, C]]);
    const all = ["a:1", "b:2", "c:3"];
    const isKnown = (exceptions: Readonly<Record<number, string[]>>, connected: readonly string[] = all) => {
      const slots = Object.fromEntries(Array.from({ length: 9 }, (_, slot) => [slot, all]));
      return knows(clientOf({ ...slots, ...exceptions }, connected), ranges);
    };

    assert.equal(isKnown({}), true);
    assert.equal(isKnown({ 4: ["a:1", "c:3", "b:2"], 9: ["d:4"] }), true);
    for (const slot of [0, 4, 8])
      for (const others of [["b:2", "a:1", "c:3"], ["a:1", "b:2"], [...all, "d:4"], []])
        assert.equal(isKnown({ [slot]: others }), false);
    for (const lost of all) {
      const left = all.filter((name) => name !== lost);
      assert.equal(isKnown({}, left), false);
    }
  });

  it("[RD-76] is not known of slots that nobody has told of", () => {
    assert.equal(knows(clientOf({ 0: ["a:1"] }, ["a:1"]), rangesOf([[0, 1, A]])), false);
  });
});
