import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const SOAK = fileURLToPath(new URL("../macro/soak.ts", import.meta.url));

test("500 visits leave no task, timer, handle or heap behind in a server", async () => {
  const args = ["--expose-gc", SOAK, "--rounds", "500", "--warm-up", "500", "--samples", "1"];
  const { stdout } = await promisify(execFile)(process.execPath, args);
  assert.doesNotMatch(stdout, /NOT FLAT/);
  assert.match(stdout, /^500 rounds in /m);
  assert.equal(stdout.match(/^flat /gm)?.length, 6);
});
