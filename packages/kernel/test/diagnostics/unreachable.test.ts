import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { before, describe, it } from "node:test";
import { fileURLToPath } from "node:url";

interface Outcome {
  readonly leaks: readonly string[];
  readonly clean: readonly string[];
  readonly reported: readonly string[];
  readonly details: readonly string[];
  readonly listed: readonly string[];
}

/** Programs of the original that leak one task under another name than their own. */
const ELSEWHERE: Readonly<Record<string, readonly string[]>> = {
  NoCloseRange: ["NoCloseRange worker", "NoCloseRange worker"],
  NCastLeak: ["NCastLeak sender", "NCastLeak sender"],
  Timeout: ["Timeout sender"],
};

describe("unreachable tasks", () => {
  let outcome: Outcome;
  before(() => {
    const program = fileURLToPath(new URL("unreachable-tasks.ts", import.meta.url));
    const { stdout, stderr } = spawnSync(process.execPath, ["--expose-gc", program], { encoding: "utf8" });
    assert.equal(stderr, "");
    outcome = JSON.parse(stdout) as Outcome;
  });

  it("[KD-20] finds every leaking program of Go's leak profile tests that has a meaning here", () => {
    const expected = outcome.leaks.flatMap(
      (name) => ELSEWHERE[name] ?? (name === "Mixed" ? [name, name] : [name]),
    );

    assert.deepEqual(outcome.reported.toSorted(), expected.toSorted());
    assert.equal(expected.length, 23);
  });

  it("[KD-20] tells wait reason and creation stack, and keeps the task listed", () => {
    for (const [name, waiting] of [
      ["ChanRecv", "receive c"],
      ["ChanSend", "send c"],
      ["MutexHeap", "acquire mu"],
      ["WaitGroup", "wait wg"],
      ["ScopeNobodyHolds", "receive own context"],
      ["Select", "select a | b"],
    ]) {
      const detail = outcome.details.find((line) => line.startsWith(`unreachable ${name} `)) ?? "";
      assert.equal(detail.split("] ")[0], `unreachable ${name} [${waiting}`);
      assert.match(detail, /unreachable-tasks\.ts:\d+/);
    }
    assert.ok(outcome.listed.includes("ChanRecv"));
  });

  it("[KD-21] reports none that something live can wake, and none that has ended", () => {
    const wrong = outcome.clean.filter((name) => outcome.reported.includes(name));

    assert.deepEqual(wrong, []);
    assert.deepEqual(
      outcome.clean.filter((name) => !outcome.listed.includes(name)),
      ["Ended"],
    );
  });
});
