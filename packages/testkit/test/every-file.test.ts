import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";

const WATCH = new URL("../src/every-file.ts", import.meta.url).href;
const ROOT = fileURLToPath(new URL("../../..", import.meta.url));
const KERNEL = 'import { go, sleep, rootContext } from "@barrage/kernel"; import { it } from "node:test";';

/** A test file that is this text, run with the watch. */
function run(body: string): { readonly status: number | null; readonly output: string } {
  const args = ["--import", WATCH, "--input-type=module", "--eval", `${KERNEL}\n${body}`];
  const env = { ...process.env, NODE_TEST_CONTEXT: undefined };
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd: ROOT, encoding: "utf8", env });
  return { status, output: stdout + stderr };
}

describe("every test file", () => {
  it("[AR-18] fails when a task outlives its tests, and names it", () => {
    const { status, output } = run(
      'it("leaves one", () => { go(() => new Promise(() => {}), { name: "forgotten" }); });',
    );

    assert.equal(status, 1);
    assert.match(output, /tasks outlived the tests of this file: .*forgotten/);
  });

  it("[AR-18] passes when all tasks have ended", () => {
    const { status } = run('it("waits", async () => { await go(() => undefined, { name: "done" }); });');

    assert.equal(status, 0);
  });
});
