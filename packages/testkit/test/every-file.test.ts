import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";

const WATCH = new URL("../src/every-file.ts", import.meta.url).href;
const ROOT = fileURLToPath(new URL("../../..", import.meta.url));
const HEAD = `
  import { Channel, go, nextTurn, Scope } from "@barrage/kernel";
  import { leavesTasks } from "@barrage/testkit";
  import { after, afterEach, before, describe, it } from "node:test";
  const never = new Channel(0, { name: "never" });
  const parked = (ctx) => never.receive(ctx);
`;

/** A test file that is this text, run with the watch: its exit code and what the tap reporter says. */
function run(body: string): { readonly status: number | null; readonly output: string } {
  const args = ["--import", WATCH, "--test-reporter=tap", "--input-type=module", "--eval", HEAD + body];
  const env = { ...process.env, NODE_TEST_CONTEXT: undefined };
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd: ROOT, encoding: "utf8", env });
  return { status, output: stdout + stderr };
}

describe("every test", () => {
  it("[AR-18] fails by its name when a task outlives its body, and no other does", () => {
    const { status, output } = run(`
      it("leaves one", () => void go(parked, { name: "forgotten" }));
      it("comes after it", () => undefined);
    `);

    assert.equal(status, 1);
    assert.match(output, /^not ok 1 - leaves one$/m);
    assert.match(output, /application\/forgotten \[receive never, \d+ ms\]/);
    assert.match(output, /^ok 2 - comes after it$/m);
    assert.match(output, /^# fail 1$/m);
  });

  it("[AR-18] passes when `using`, `t.after` and `afterEach` end what its body began", () => {
    const { status, output } = run(`
      let end;
      describe("a suite", () => {
        afterEach(() => end?.());
        it("using", async () => { await using s = new Scope(); s.spawn(parked); });
        it("t.after", (t) => {
          const s = new Scope();
          s.spawn(parked);
          t.after(() => s[Symbol.asyncDispose]());
        });
        it("afterEach", () => {
          const s = new Scope();
          s.spawn(parked);
          end = () => s[Symbol.asyncDispose]();
        });
      });
    `);

    assert.equal(status, 0, output);
    assert.match(output, /^# pass 3$/m);
  });

  it("[AR-18] is not blamed for what a fixture begins, before the tests or during one", () => {
    const { status, output } = run(`
      describe("a suite", () => {
        let fixture;
        before(() => { fixture = new Scope(); fixture.spawn(parked); });
        after(() => fixture[Symbol.asyncDispose]());
        it("uses it", async () => { fixture.spawn(parked); await nextTurn(); });
      });
    `);

    assert.equal(status, 0, output);
  });

  it("[AR-18] a fixture that nobody ends fails the file", () => {
    const { status, output } = run(`
      before(() => void go(parked, { name: "fixture" }));
      it("uses it", () => undefined);
    `);

    assert.equal(status, 1);
    assert.match(output, /^ok 1 - uses it$/m);
    assert.match(output, /tasks outlived the tests of this file: application\/fixture/);
  });

  it("[AR-19] passes when it says why it leaves a task, and blames no later one for it", () => {
    const { status, output } = run(`
      it("leaves one", () => { leavesTasks("shows how"); go(parked); });
      it("comes after it", () => undefined);
    `);

    assert.equal(status, 0, output);
  });

  it("[AR-19] fails when it says so and leaves none", () => {
    const { status, output } = run('it("ends well", () => leavesTasks("did so once"));');

    assert.equal(status, 1);
    assert.match(output, /it leaves no task, though it says: did so once/);
  });
});
