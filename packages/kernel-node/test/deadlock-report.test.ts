import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { runProgram } from "./run-program.ts";

const HEAD = `
  import { Channel, go, Mutex, nextTurn, scope, sleep, WaitGroup } from "@barrage/kernel";
  import { deadlockReport, RuntimeMonitor, traceScheduler } from "@barrage/kernel-node";
  deadlockReport();
`;

/** Programs after the descriptions of Go's deadlock tests (runtime/crash_test.go). */
const ASLEEP: Readonly<Record<string, string>> = {
  "a task that receives": `go((ctx) => new Channel(0, { name: "jobs" }).receive(ctx), { name: "worker" });`,
  "a wait group": `go((ctx) => { const wg = new WaitGroup({ name: "all" }); wg.add(); return wg.wait(ctx); });`,
  "two locks": `
    const [a, b] = [new Mutex({ name: "a" }), new Mutex({ name: "b" })];
    for (const [x, y] of [[a, b], [b, a]]) go(async (ctx) => {
      using one = await x.lock(ctx); await nextTurn(); using two = await y.lock(ctx);
    }, { name: "locker" });`,
};

describe("deadlock report", () => {
  for (const [name, program] of Object.entries(ASLEEP)) {
    it(`[KD-60] is written of ${name}, with exit code 2`, () => {
      const { stderr, status } = runProgram(HEAD + program);

      assert.match(stderr, /^fatal: all tasks are asleep - deadlock!\n\n\d+ tasks in \d+ groups\n/);
      assert.equal(status, 2);
      if (name === "two locks")
        assert.match(stderr, /^DEADLOCK application\/locker #\d+ waits for b, held by/m);
      if (name === "a task that receives")
        assert.match(stderr, /^1 application\/worker \[receive jobs, \d+ ms\]$/m);
    });
  }

  it("[KD-60] leaves an exit code that was set, and says nothing when disposed", () => {
    const stuck = `go((ctx) => new Channel().receive(ctx));`;

    assert.equal(runProgram(`${HEAD} process.exitCode = 5; ${stuck}`).status, 5);
    const disposed = runProgram(
      `${HEAD.replace("deadlockReport();", "deadlockReport()[Symbol.dispose]();")} ${stuck}`,
    );
    assert.deepEqual([disposed.stderr, disposed.status], ["", 0]);
  });

  it("[KD-60] is not written of a program that ends, nor while a timer can still wake it", () => {
    const { stderr, status } = runProgram(`${HEAD}
      const c = new Channel();
      go((ctx) => c.receive(ctx));
      go(async (ctx) => { await sleep(20, ctx); await c.send(1, ctx); });`);

    assert.deepEqual([stderr, status], ["", 0]);
  });

  it("[KD-61, KD-67] does not count watchers, which keep no process alive", () => {
    const { stderr, status } = runProgram(`${HEAD}
      new RuntimeMonitor({ everyMs: 60_000 });
      traceScheduler({ write() {}, everyMs: 60_000 });
      await nextTurn();`);

    assert.deepEqual([stderr, status], ["", 0]);
  });
});
