import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Channel, go, kernelCode, nextTurn, Scope, scope, sleep } from "@barrage/kernel";
import { assertNoLeaks, currentTasks, findLeaks, TasksLeakedError } from "@barrage/kernel/diagnostics";

function leak(promise: Promise<unknown>): Promise<TasksLeakedError> {
  return promise.then(
    () => assert.fail("no leak was found"),
    (error: unknown) => (error instanceof TasksLeakedError ? error : Promise.reject(error as Error)),
  );
}

describe("assertNoLeaks", () => {
  it("[KD-10] gives what the body gives (goleak: none)", async () => {
    assert.equal(await assertNoLeaks(() => scope((s) => s.spawn(() => 7))), 7);
  });

  it("[KD-10] names the task left, its wait and where it was created (goleak: one, created by)", async () => {
    const never = new Channel<void>(0, { name: "never" });
    async function blocked(): Promise<void> {
      go(() => never.receive(), { name: "stuck" });
      await nextTurn();
    }

    const error = await leak(assertNoLeaks(blocked, { grace: 5 }));

    never.close();
    assert.equal(kernelCode(error), "KERNEL_TASKS_LEAKED");
    assert.match(
      error.message,
      /^1 task\(s\) outlived their body:\n1 application\/stuck \[receive never, \d+ ms\]\n +created by blocked \(.*leaks\.test\.ts:/,
    );
    assert.equal(error.groups[0]?.count, 1);
  });

  it("[KD-10] finds the tasks of tasks, and counts those of one place together", async () => {
    const never = new Channel<void>();
    const error = await leak(
      assertNoLeaks(
        async (ctx) => {
          const outer = new Scope(ctx, { name: "outer" });
          await outer.spawn((inner) => {
            const own = new Scope(inner.detached(), { name: "own" });
            for (let i = 0; i < 3; i++) own.spawn(() => never.receive(), { name: "grandchild" });
          });
        },
        { grace: 5 },
      ),
    );

    never.close();
    assert.deepEqual(
      error.groups.map(({ count, labels }) => [count, labels["task"]]),
      [[3, "grandchild"]],
    );
  });

  it("[KD-11] waits for a task that ends within the grace (goleak: retry until ended)", async () => {
    await assertNoLeaks(() => void go(() => sleep(20), { name: "slow" }), { grace: 2000 });
  });

  it("[KD-11] does not wait for the grace when nothing is left", async () => {
    const from = performance.now();

    await assertNoLeaks(() => scope((s) => void s.spawn(() => nextTurn())), { grace: 60_000 });

    assert.ok(performance.now() - from < 5_000);
  });

  it("[KD-12] blames the one body of many that leaks, and no other", async () => {
    const never = new Channel<void>();
    const bodies = [...Array(20).keys()].map((n) =>
      assertNoLeaks(
        async (ctx) => {
          await nextTurn();
          const s = new Scope(ctx);
          s.spawn((own): Promise<unknown> => (n === 7 ? never.receive() : sleep(1, own)), {
            name: `task of ${n}`,
          });
          await nextTurn();
        },
        { grace: 100 },
      ).then(
        () => undefined,
        (error: unknown) => (error as TasksLeakedError).groups[0]?.labels["task"],
      ),
    );

    const blamed = await Promise.all(bodies);

    never.close();
    assert.deepEqual(
      blamed.filter((name) => name !== undefined),
      ["task of 7"],
    );
    assert.equal(blamed[7], "task of 7");
  });

  it("[KD-13] leaves out what was there before and what is ignored (goleak: ignore current)", async () => {
    const never = new Channel<void>();
    go(() => never.receive(), { name: "older" });
    await nextTurn();

    await assertNoLeaks(() => void go(() => never.receive(), { name: "known" }), {
      grace: 5,
      ignore: ({ labels }) => labels["task"] === "known",
    });

    never.close();
  });

  it("[KD-13] throws the body's own error before any leak", async () => {
    const never = new Channel<void>();
    const body = assertNoLeaks(() => {
      go(() => never.receive());
      throw new Error("own");
    });

    await assert.rejects(body, { message: "own" });
    never.close();
  });

  it("[KD-14] finds what is not in the baseline, also when an older task has ended since", async () => {
    const [old, fresh] = [new Channel<void>(), new Channel<void>()];
    go(() => old.receive(), { name: "old" });
    await nextTurn();
    const since = currentTasks();
    assert.deepEqual(await findLeaks({ since, grace: 1 }), []);

    old.close();
    await nextTurn();
    go(() => fresh.receive(), { name: "fresh" });
    const groups = await findLeaks({ since, grace: 1 });

    fresh.close();
    assert.deepEqual(
      groups.map(({ count, labels }) => [count, labels["task"]]),
      [[1, "fresh"]],
    );
  });

  it("[KD-15] around others, blames for whatever was started meanwhile, by a body within it too", async () => {
    const never = new Channel<void>();
    const over = Promise.withResolvers<void>();
    const around = leak(assertNoLeaks(() => over.promise, { around: true, grace: 5 }));
    const within = leak(
      assertNoLeaks(() => void go(() => never.receive(), { name: "within" }), { grace: 5 }),
    );
    await within;
    await nextTurn();
    go(() => never.receive(), { name: "beside" });
    over.resolve();

    const { groups } = await around;

    never.close();
    assert.deepEqual(new Set(groups.map(({ labels }) => labels["task"])), new Set(["beside", "within"]));
  });

  it("[KD-15] around others, leaves to an older scope or task what is started there", async () => {
    const never = new Channel<void>();
    const over = Promise.withResolvers<void>();
    const [fixture, starts] = [new Scope(), new Channel<void>()];
    const serving = go(async (ctx) => {
      await using own = new Scope(ctx);
      for await (const _ of starts) own.spawn(() => never.receive(), { name: "served" });
    });
    await nextTurn();
    const around = assertNoLeaks(() => over.promise, { around: true, grace: 5 });

    fixture.spawn((ctx) => scope((s) => void s.spawn(() => never.receive()), { parent: ctx }));
    await starts.send();
    over.resolve();
    await around;

    never.close();
    starts.close();
    await Promise.all([serving, fixture[Symbol.asyncDispose]()]);
  });
});
