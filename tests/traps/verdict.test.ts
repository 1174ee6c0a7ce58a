import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { guiltyLines } from "./catalogue.ts";
import { complaints, type Outcome, problems } from "./verdict.ts";

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

  it("[TR-37] a trap whose process fails is a problem too", () => {
    assert.deepEqual(complaints({ failure: "killed" }), ["killed"]);
    assert.deepEqual(complaints({ outcome: GOOD }), []);
    assert.equal(complaints({ outcome: { ...GOOD, found: [] } }).length, 1);
  });

  it("[TR-37] the command ends with 0 for a good trap and says so, and with 2 for one there is not", () => {
    const command = fileURLToPath(new URL("../../scripts/traps.ts", import.meta.url));
    const good = spawnSync(process.execPath, [command, "T19"], { encoding: "utf8" });
    const unknown = spawnSync(process.execPath, [command, "T99"], { encoding: "utf8" });

    assert.equal(good.status, 0, good.stderr);
    assert.match(good.stdout, /^\| T19 .*rooms visited: 1000, meant 3 .*\| clean +\|$/m);
    assert.match(good.stdout, /^1 of 1 traps/m);
    assert.equal(unknown.status, 2);
    assert.equal(unknown.stderr, "traps: there is no T99\n");
  });

  it("[TR-38] the guilty lines are those marked in the source", () => {
    assert.deepEqual(guiltyLines("a();\nb(); // guilty\n// guiltyless\nc(); // guilty\n"), [2, 4]);
  });
});
