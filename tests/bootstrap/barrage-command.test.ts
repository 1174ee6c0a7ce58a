import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, it } from "node:test";
import { AS_OLD_NODE, Sandbox } from "./sandbox.ts";

const COMMAND = fileURLToPath(new URL("../../apps/cli/bin/barrage.mjs", import.meta.url));

/** Lays the command into the sandbox as a package of its own, beside `main` (its compiled or its source entry). */
function layOut(sandbox: Sandbox, main: string): string {
  const folder = join(sandbox.root, "apps", "cli");
  mkdirSync(join(folder, "bin"), { recursive: true });
  mkdirSync(join(folder, main, ".."), { recursive: true });
  cpSync(COMMAND, join(folder, "bin", "barrage.mjs"));
  writeFileSync(join(folder, main), "console.log(JSON.stringify(process.argv.slice(2)));");
  return join(folder, "bin", "barrage.mjs");
}

function run(sandbox: Sandbox, args: readonly string[]) {
  return spawnSync(process.execPath, args, {
    encoding: "utf8",
    env: { ...process.env, npm_execpath: join(sandbox.root, "npm-cli.js"), SANDBOX: sandbox.root },
  });
}

describe("the barrage command", () => {
  it("[BT-9] says in one line that Node is too old, when published", () => {
    using sandbox = new Sandbox();
    const command = layOut(sandbox, "dist/main.js");

    const { status, stdout, stderr } = run(sandbox, [...AS_OLD_NODE, command, "serve"]);

    assert.equal(status, 1);
    assert.equal(stdout, "");
    assert.equal(stderr, "barrage: needs Node 24 or newer; this is Node 18.20.0.\n");
  });

  it("[BT-9] runs the compiled program, when published", () => {
    using sandbox = new Sandbox();
    const command = layOut(sandbox, "dist/main.js");

    const { stdout } = run(sandbox, [command, "config", "show"]);

    assert.deepEqual(JSON.parse(stdout), ["config", "show"]);
    assert.deepEqual(sandbox.npmCalls, []);
  });

  it("[BT-9] goes through the bootstrap in the clone, under an old Node too", () => {
    using sandbox = new Sandbox();
    const command = layOut(sandbox, "src/main.ts");

    const { stdout } = run(sandbox, [...AS_OLD_NODE, command, "import", "a file"]);

    assert.deepEqual(JSON.parse(stdout), ["import", "a file"]);
    assert.equal(sandbox.npmCalls.length, 2);
  });
});
