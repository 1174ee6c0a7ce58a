import assert from "node:assert/strict";
import { mkdirSync, realpathSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { describe, it } from "node:test";
import { nodePackage } from "../../scripts/bootstrap/find-node.mjs";
import { AS_OLD_NODE, Sandbox, WITHOUT_EXECVE } from "./sandbox.ts";

interface Report {
  readonly args: readonly string[];
  readonly cwd: string;
  readonly path: string;
}

const report = (stdout: string): Report => JSON.parse(stdout) as Report;

describe("with-node", () => {
  it("[BT-1] uses the running Node when it is new enough", async () => {
    using sandbox = new Sandbox();

    const { stdout, code } = await sandbox.run(["report.mjs"]).done;

    assert.equal(report(stdout).path, dirname(process.execPath));
    assert.equal(code, 7);
    assert.equal(sandbox.has(".node/node_modules"), false);
  });

  it("[BT-1] fetches Node into .node when the running one is too old, and only once", async () => {
    using sandbox = new Sandbox();

    const first = await sandbox.run(["report.mjs"], AS_OLD_NODE).done;
    const second = await sandbox.run(["report.mjs"], AS_OLD_NODE).done;

    const bin = join(sandbox.root, ".node", "node_modules", nodePackage(), "bin");
    assert.equal(report(first.stdout).path, bin);
    assert.equal(report(second.stdout).path, bin);
    assert.match(first.stderr, /Fetching Node 24 \(once\): v\d+/);
    assert.equal(second.stderr, "");
    assert.equal(sandbox.npmCalls.length, 2);
  });

  it("[BT-2] installs when dependencies are missing, and again when the lock file changes", async () => {
    using sandbox = new Sandbox();

    await sandbox.run(["report.mjs"]).done;
    await sandbox.run(["report.mjs"]).done;
    assert.equal(sandbox.npmCalls.length, 1);

    sandbox.write("package-lock.json", '{ "packages": { "": {} } }');
    await sandbox.run(["report.mjs"]).done;
    assert.equal(sandbox.npmCalls.length, 2);
  });

  it("[BT-2] takes an installation by hand that agrees with the lock file, and no other", async () => {
    using sandbox = new Sandbox();
    const lock = (version: string): string =>
      JSON.stringify({ packages: { "node_modules/a": { version, integrity: "sha512-x" } } });
    sandbox.write("package-lock.json", lock("1.0.0"));
    mkdirSync(join(sandbox.root, "node_modules"));

    sandbox.write("node_modules/.package-lock.json", lock("1.0.0"));
    await sandbox.run(["report.mjs"]).done;
    assert.equal(sandbox.npmCalls.length, 0);

    sandbox.write("package-lock.json", lock("1.0.1"));
    await sandbox.run(["report.mjs"]).done;
    assert.equal(sandbox.npmCalls.length, 1);
  });

  it("[BT-3] repeats an installation that failed", async () => {
    using sandbox = new Sandbox();
    sandbox.write("mode", "broken");

    const failed = await sandbox.run(["report.mjs"]).done;
    assert.equal(failed.code, 1);
    assert.equal(failed.stdout, "");
    assert.match(failed.stderr, /could not be fetched: the registry is on fire\.\n$/);

    sandbox.remove("mode");
    const second = await sandbox.run(["report.mjs"]).done;
    assert.equal(second.code, 7);
    assert.equal(sandbox.has("node_modules/whole"), true);
  });

  for (const [name, options] of [
    ["dependencies", []],
    ["Node", AS_OLD_NODE],
  ] as const) {
    it(`[BT-3] repeats an installation of ${name} that was interrupted`, async () => {
      using sandbox = new Sandbox();
      sandbox.write("hold", "");

      const first = sandbox.run(["report.mjs"], options);
      await sandbox.npmIsCalled();
      first.child.kill("SIGTERM");
      const ended = await first.done;
      assert.equal(ended.code, 143);
      assert.equal(ended.stdout, "");
      assert.equal(sandbox.has(".node/lock"), false);

      sandbox.remove("hold");
      assert.equal((await sandbox.run(["report.mjs"], options).done).code, 7);
    });
  }

  it("[BT-4] lets one of two runs install while the other waits", async () => {
    using sandbox = new Sandbox();
    sandbox.write("hold", "");

    const first = sandbox.run(["report.mjs"]);
    await first.said("Installing");
    const second = sandbox.run(["report.mjs"]);
    await second.said("waiting");
    sandbox.remove("hold");

    assert.equal((await first.done).code, 7);
    assert.equal((await second.done).code, 7);
    assert.equal(sandbox.npmCalls.length, 1);
  });

  it("[BT-4] waits for the npm of a run that was killed, then installs itself", async () => {
    using sandbox = new Sandbox();
    sandbox.write("hold", "");

    const first = sandbox.run(["report.mjs"]);
    await sandbox.npmIsCalled();
    first.child.kill("SIGKILL");
    const second = sandbox.run(["report.mjs"]);
    await second.said("waiting");
    sandbox.remove("hold");

    assert.equal((await second.done).code, 7);
    assert.equal(sandbox.npmCalls.length, 2);
  });

  it("[BT-4] can be interrupted while it waits", async () => {
    using sandbox = new Sandbox();
    sandbox.write("hold", "");

    const first = sandbox.run(["report.mjs"]);
    await sandbox.npmIsCalled();
    const second = sandbox.run(["report.mjs"]);
    await second.said("waiting");
    second.child.kill("SIGINT");
    assert.equal((await second.done).code, 130);

    sandbox.remove("hold");
    assert.equal((await first.done).code, 7);
  });

  it("[BT-5] says in one line that the registry cannot be reached", async () => {
    using sandbox = new Sandbox();
    sandbox.write("mode", "offline");

    const { code, stderr } = await sandbox.run(["report.mjs"]).done;

    assert.equal(code, 1);
    assert.match(stderr, /^barrage: .*the npm registry cannot be reached \(ENOTFOUND\).*$/m);
    assert.doesNotMatch(stderr, /\n {4}at /);
  });

  it("[BT-6] passes arguments and folder, and keeps stdout for the script", async () => {
    using sandbox = new Sandbox();
    const args = ["--port", "0", "two words", "--", "-x", ""];

    const { stdout, stderr } = await sandbox.run(["report.mjs", ...args], [], tmpdir()).done;

    assert.deepEqual(report(stdout).args, args);
    assert.equal(report(stdout).cwd, realpathSync(tmpdir()));
    assert.match(stderr, /Installing dependencies: done/);
  });

  for (const [how, options] of [
    ["becoming it", []],
    ["as its parent", WITHOUT_EXECVE],
  ] as const) {
    it(`[BT-7] passes a signal and the exit code, ${how}`, async () => {
      using sandbox = new Sandbox();

      const run = sandbox.run(["stay.mjs"], options);
      await run.said("up");
      run.child.kill("SIGTERM");

      assert.equal((await run.done).code, 9);
    });

    it(`[BT-7] ends by the signal that ended the script, ${how}`, async () => {
      using sandbox = new Sandbox();

      const run = sandbox.run(["stay.mjs", "by-signal"], options);
      await run.said("up");
      run.child.kill("SIGTERM");

      assert.equal((await run.done).signal, "SIGKILL");
    });
  }
});
