import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { globSync } from "node:fs";
import { describe, it } from "node:test";

// The run of the tests loads the tools into every file. A program that never imports them goes other ways through the
// kernel, so what needs none of them is run once more as such a program.
const FILES = [
  "channel/channel",
  "channel/select",
  "context/context",
  "sync/*",
  "task/task-record",
  "time/time",
];

describe("the kernel without its tools", () => {
  it("keeps the rules of channels, contexts, locks, tasks and time", () => {
    const files = globSync(
      FILES.map((name) => `${name}.test.ts`),
      { cwd: import.meta.dirname },
    );
    const { NODE_TEST_CONTEXT: _, ...env } = process.env;

    const { status, stdout } = spawnSync(process.execPath, ["--test", "--test-reporter=tap", ...files], {
      cwd: import.meta.dirname,
      encoding: "utf8",
      env,
    });

    assert.equal(status, 0, stdout.slice(-5_000));
    assert.ok(files.length >= 9, files.join(" "));
  });
});
