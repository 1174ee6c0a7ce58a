import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { from } from "../support/origin.ts";

const it = from("go src/runtime/crash_test.go, deadlocks");

const HEAD = `
  import { Channel, go, Mutex, scope, select } from "@barrage/kernel";
  import { deadlockReport } from "@barrage/kernel-node";
  deadlockReport();
`;
const FIRST_LINE = "fatal: all tasks are asleep - deadlock!\n";

// The tools live a layer up; they are met in a process of its own, as a server would.
function run(program: string): { stderr: string; status: number | null } {
  const cwd = fileURLToPath(new URL(".", import.meta.url));
  const args = ["--input-type=module", "-e", HEAD + program];
  return spawnSync(process.execPath, args, { cwd, encoding: "utf8", timeout: 60_000 });
}

function isDeadlock(program: string, waits: string): void {
  const { stderr, status } = run(program);
  assert.ok(stderr.startsWith(FIRST_LINE), stderr);
  assert.ok(stderr.includes(`[${waits}, `), stderr);
  assert.equal(status, 2);
}

it("TestSimpleDeadlock", "[KD-60] the main task waits for nothing at all", () =>
  isDeadlock(`go((ctx) => select({}, ctx), { name: "main" });`, "select"),
);

it("TestInitDeadlock", "[KD-60] a module that waits while it is loaded", () =>
  isDeadlock(
    `await scope((s) => void s.spawn((ctx) => new Channel(0, { name: "init" }).receive(ctx)));`,
    "receive init",
  ),
);

it("TestLockedDeadlock2", "[KD-60] two tasks that wait, none of them the first", () =>
  isDeadlock(`go((ctx) => { go((own) => select({}, own)); return select({}, ctx); });`, "select"),
);

it("TestGoexitDeadlock", "[KD-60] the main task has ended, and two others wait for each other", () =>
  isDeadlock(
    `const [a, b] = [new Channel(0, { name: "a" }), new Channel(0, { name: "b" })];
     go(async (ctx) => { await a.receive(ctx); await b.send(1, ctx); });
     go(async (ctx) => { await b.receive(ctx); await a.send(1, ctx); });`,
    "receive a",
  ),
);

it("TestNetpollDeadlock", "[KD-60] a socket was opened and closed before", () =>
  isDeadlock(
    `import { createServer } from "node:net";
     const server = createServer().listen(0, "127.0.0.1", () => server.close());
     go((ctx) => new Mutex({ name: "m" }).lock(ctx).then(() => select({}, ctx)));`,
    "select",
  ),
);

it("TestGoexitExit", "[KD-60] a program whose tasks have all ended says nothing", () => {
  const { stderr, status } = run(`go(() => undefined); await scope((s) => void s.spawn(() => undefined));`);
  assert.deepEqual([stderr, status], ["", 0]);
});
