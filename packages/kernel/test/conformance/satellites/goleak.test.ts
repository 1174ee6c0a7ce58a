import assert from "node:assert/strict";
import { Channel, go, nextTurn, type Task } from "@barrage/kernel";
import { assertNoLeaks, currentTasks, findLeaks, TasksLeakedError } from "@barrage/kernel/diagnostics";
import { from } from "../support/origin.ts";
import { settle } from "../support/waiting.ts";

const find = from("goleak leaks_test.go");
const options = from("goleak utils_test.go and options");

interface Blocked {
  readonly task: Task<unknown>;
  unblock(): void;
}

function startBlocked(): Blocked {
  const channel = new Channel<void>(0, { name: "blocker" });
  return {
    task: go(() => channel.receive(), { name: "blocked" }),
    unblock: () => channel.close(),
  };
}

const QUICK = { grace: 1 };

find("TestFind, none", "[KD-14] finds nothing where nothing runs", async () => {
  assert.deepEqual(await findLeaks(QUICK), []);
});

find(
  "TestFind, one",
  "[KD-14] finds a blocked task with what it waits for and where it was started",
  async () => {
    const blocked = startBlocked();
    await assertNoLeaks(() => undefined);
    const [leak] = await findLeaks(QUICK);
    blocked.unblock();
    await blocked.task;

    assert.deepEqual([leak?.count, leak?.waiting, leak?.labels["task"]], [1, "receive blocker", "blocked"]);
    assert.deepEqual(await findLeaks(QUICK), []);
  },
);

find("TestFind, created by", "[KD-10] names where the leaked task was created", async () => {
  let blocked: Blocked | undefined;
  const leaking = assertNoLeaks(() => {
    blocked = startBlocked();
  }, QUICK);
  await assert.rejects(leaking, (error) => {
    assert.ok(error instanceof TasksLeakedError);
    return /created by startBlocked/.test(error.message);
  });
  blocked?.unblock();
});

find("TestFindRetry", "[KD-11] waits for a task that is about to end", async () => {
  const blocked = startBlocked();
  const found = findLeaks();
  void (async () => {
    for (let i = 0; i < 5; i++) await nextTurn();
    blocked.unblock();
  })();
  assert.deepEqual(await found, []);
});

find(
  "TestVerifyNone",
  "[KD-10] throws for a leak and not for none, and cleans up in both cases",
  async () => {
    let cleaned = 0;
    await assertNoLeaks(() => undefined).finally(() => (cleaned += 1));
    let blocked: Blocked | undefined;
    const leaking = assertNoLeaks(() => {
      blocked = startBlocked();
    }, QUICK).finally(() => (cleaned += 1));
    await assert.rejects(leaking, { code: "KERNEL_TASKS_LEAKED" });
    blocked?.unblock();
    await settle();
    assert.equal(cleaned, 2);
  },
);

find("TestIgnoreCurrent, old", "[KD-14] tasks of before are ignored", async () => {
  const blocked = startBlocked();
  const since = currentTasks();
  assert.deepEqual(await findLeaks({ ...QUICK, since }), []);
  blocked.unblock();
  await blocked.task;
});

find("TestIgnoreCurrent, new", "[KD-14] a task of after is found beside them", async () => {
  const before = startBlocked();
  const since = currentTasks();
  const later = startBlocked();
  const found = await findLeaks({ ...QUICK, since });
  assert.equal(
    found.reduce((sum, { count }) => sum + count, 0),
    1,
  );
  for (const blocked of [before, later]) {
    blocked.unblock();
    await blocked.task;
  }
});

find(
  "TestIgnoreCurrent, ids",
  "[KD-14] no id is used again: a new task is not taken for one of before",
  async () => {
    const seen = new Set<number>();
    for (let i = 0; i < 100; i++) {
      const blocked = startBlocked();
      assert.ok(!seen.has(blocked.task.id));
      seen.add(blocked.task.id);
      const since = currentTasks();
      blocked.unblock();
      await blocked.task;
      const next = startBlocked();
      assert.equal((await findLeaks({ ...QUICK, since })).length, 1);
      next.unblock();
      await next.task;
    }
  },
);

options("IgnoreTopFunction", "[KD-13] a group can be ignored by what it is", async () => {
  const blocked = startBlocked();
  const ignore = (group: { labels: Readonly<Record<string, string>> }): boolean =>
    group.labels["task"] === "blocked";
  assert.deepEqual(await findLeaks({ ...QUICK, ignore }), []);
  blocked.unblock();
  await blocked.task;
});

options(
  "IgnoreAnyFunction",
  "[KD-13] a group can be ignored by a function in its creation stack",
  async () => {
    let blocked: Blocked | undefined;
    await assertNoLeaks(
      () => {
        blocked = startBlocked();
      },
      { ...QUICK, ignore: ({ stack }) => stack.some((frame) => frame.includes("startBlocked")) },
    );
    blocked?.unblock();
  },
);

options("maxRetries", "[KD-11] a leak is waited for no longer than the grace", async () => {
  const blocked = startBlocked();
  const start = performance.now();
  assert.equal((await findLeaks({ grace: 20 })).length, 1);
  assert.ok(performance.now() - start < 10_000);
  blocked.unblock();
  await blocked.task;
});
