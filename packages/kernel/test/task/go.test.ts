import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Channel, go, nextTurn, onTaskFailure, type TaskFailure, taskFailureCount } from "@barrage/kernel";

function fail(message: string): () => never {
  return () => {
    throw new Error(message);
  };
}

function line({ name, error }: TaskFailure): string {
  return `${name}: ${String(error)}`;
}

// The first two tests need a process in which nobody has subscribed yet, so their order matters.
describe("go", () => {
  it("[KN-32] keeps early failures for the first handler, the oldest 64 of them", async () => {
    const before = taskFailureCount();
    for (let i = 0; i < 65; i++) go(fail(String(i)), { name: "early" });
    await nextTurn();
    const [first, second]: [string[], string[]] = [[], []];

    using _first = onTaskFailure((failure) => first.push(line(failure)));
    using _second = onTaskFailure((failure) => second.push(line(failure)));

    assert.equal(taskFailureCount() - before, 65);
    assert.equal(first.length, 64);
    assert.equal(first[63], "early: Error: 63");
    assert.deepEqual(second, []);
  });

  it("[KN-32] tells every handler of every failure, by the task's name", async () => {
    const [first, second]: [string[], string[]] = [[], []];
    using _first = onTaskFailure((failure) => first.push(line(failure)));
    {
      using _second = onTaskFailure((failure) => second.push(line(failure)));
      go(fail("one"), { name: "poll" });
      await nextTurn();
    }
    go(function flush() {
      throw new Error("two");
    });
    await nextTurn();

    assert.deepEqual(first, ["poll: Error: one", "flush: Error: two"]);
    assert.deepEqual(second, ["poll: Error: one"]);
  });

  it("[KN-32] tells the other handlers when one throws, and counts that too", async () => {
    const told: string[] = [];
    using _bad = onTaskFailure(fail("handler"));
    using _good = onTaskFailure((failure) => told.push(line(failure)));
    const before = taskFailureCount();

    go(fail("task"), { name: "poll" });
    await nextTurn();

    assert.deepEqual(told, ["poll: Error: task"]);
    assert.equal(taskFailureCount() - before, 2);
  });

  it("[KN-32] keeps the failure of a handler for the next one that subscribes", () => {
    const told: string[] = [];

    using _ = onTaskFailure((failure) => told.push(line(failure)));

    assert.deepEqual(told, ["onTaskFailure handler: Error: handler"]);
  });

  it("[KN-32] cancels nothing when a task fails", async () => {
    using _ = onTaskFailure(() => undefined);
    const stop = new Channel<string>();
    const steady = go((ctx) => stop.receive(ctx));
    go(fail("other"));
    await nextTurn();

    stop.trySend("done");

    assert.deepEqual(await steady, { done: false, value: "done" });
  });

  it("[KN-31] raises no unhandled rejection, whether a failure is awaited late or never", async () => {
    using _ = onTaskFailure(() => undefined);
    let unhandled = 0;
    const count = (): void => void (unhandled += 1);
    process.on("unhandledRejection", count);
    go(fail("never awaited"));
    const late = go(fail("awaited late"));
    for (let i = 0; i < 3; i++) await nextTurn();

    await assert.rejects(Promise.resolve(late), { message: "awaited late" });

    process.off("unhandledRejection", count);
    assert.equal(unhandled, 0);
  });

  it("[KN-24] reports no task that was cancelled", async () => {
    const told: string[] = [];
    using _ = onTaskFailure((failure) => told.push(line(failure)));
    const task = go((ctx) => new Channel().receive(ctx));
    await nextTurn();

    task.cancel();
    await nextTurn();

    assert.equal(task.state, "cancelled");
    assert.deepEqual(told, []);
  });
});
