import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { guiltyLines } from "./catalogue.ts";
import { type Outcome, problems } from "./verdict.ts";

const GOOD: Outcome = {
  id: "T00",
  title: "",
  damage: [{ what: "rooms", meant: 3, got: 1 }],
  found: [{ tool: "lint", guilty: "room", line: 7 }],
  guilty: [7],
  safe: [{ what: "rooms", meant: 3, got: 3 }],
  reported: [],
};

describe("verdict", () => {
  it("[TR-37] finds nothing wrong with a trap that is shown, detected and avoided", () => {
    assert.deepEqual(problems(GOOD), []);
  });

  it("[TR-37] a reproduction that shows no damage is a problem, and so is one that measures nothing", () => {
    const undamaged = { ...GOOD, damage: [{ what: "rooms", meant: 3, got: 3 }] };

    assert.deepEqual(problems(undamaged), ["no damage: rooms: 3, meant 3"]);
    assert.deepEqual(problems({ ...GOOD, damage: [], safe: [] }), ["the reproduction measures nothing"]);
  });

  it("[TR-38] a guilty line that is not named is a problem, and so is an innocent one that is", () => {
    const [found] = GOOD.found;

    assert.deepEqual(problems({ ...GOOD, found: [] }), ["the detection misses line 7"]);
    assert.deepEqual(problems({ ...GOOD, guilty: [7, 9] }), ["the detection misses line 9"]);
    assert.deepEqual(problems({ ...GOOD, found: [found!, { ...found!, line: 8 }] }), [
      "another line is named: lint: room, line 8",
    ]);
    assert.deepEqual(problems({ ...GOOD, guilty: [], found: [] }), [
      "the reproduction has no line marked as guilty",
    ]);
  });

  it("[TR-39] a safe version that is damaged or reported is a problem, and so is one that measures less", () => {
    const damaged = [{ what: "rooms", meant: 3, got: 2 }];

    assert.deepEqual(problems({ ...GOOD, safe: damaged }), [
      "the safe version is damaged: rooms: 2, meant 3",
    ]);
    assert.deepEqual(problems({ ...GOOD, reported: GOOD.found }), [
      "the safe version is reported: lint: room, line 7",
    ]);
    assert.deepEqual(problems({ ...GOOD, safe: [] }), ["the safe version does not measure the same"]);
  });

  it("[TR-38] the guilty lines are those marked in the source", () => {
    assert.deepEqual(guiltyLines("a();\nb(); // guilty\n// guiltyless\nc(); // guilty\n"), [2, 4]);
  });
});
