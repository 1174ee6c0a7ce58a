import assert from "node:assert/strict";
import { background, isCancelled, Scope, scope, Semaphore, SingleFlight, sleep } from "@barrage/kernel";
import { from } from "../support/origin.ts";
import { hasEnded, settle } from "../support/waiting.ts";

const errgroup = from("x/sync errgroup_test.go");
const semaphore = from("x/sync semaphore_test.go");
const singleflight = from("x/sync singleflight_test.go");

errgroup(
  "TestZeroGroup",
  "[KN-22, KN-23] join throws the first failure, also when successes surround it",
  async () => {
    const [one, two] = [new Error("one"), new Error("two")];
    for (const results of [[], [undefined], [one], [one, undefined], [one, undefined, two]]) {
      await using group = new Scope(undefined, { onError: "collect" });
      for (const result of results) {
        group.spawn(() => {
          if (result !== undefined) throw result;
        });
      }
      const failures = results.filter((result) => result !== undefined);
      const joined = await group.join().then(
        () => undefined,
        (error: unknown) => error,
      );
      const first = joined instanceof AggregateError ? joined.cause : joined;
      assert.equal(first, failures[0]);
      if (failures.length > 1) assert.deepEqual((joined as AggregateError).errors, failures);
    }
  },
);

errgroup("TestWithContext", "[KN-21] the first failure cancels the context that all share", async () => {
  const failure = new Error("failed");
  for (const results of [[undefined], [failure], [failure, undefined]]) {
    const group = new Scope();
    for (const result of results) {
      group.spawn(() => {
        if (result !== undefined) throw result;
      });
    }
    const [joined] = await Promise.allSettled([group.join()]);
    assert.equal(joined.status, results.includes(failure) ? "rejected" : "fulfilled");
    assert.equal(group.context.cancelled, results.includes(failure));
    await group[Symbol.asyncDispose]();
    assert.equal(group.context.cancelled, true);
  }
});

errgroup("TestTryGo", "[KN-27] with as many tasks as slots and no line, one more is refused", async () => {
  await using group = new Scope(undefined, { limit: 42, queue: 0, onError: "collect" });
  const tasks = Array.from({ length: 42 }, () => group.spawn((ctx) => sleep(60_000, ctx)));
  assert.throws(() => group.spawn(() => undefined), { code: "KERNEL_SCOPE_FULL" });

  tasks[0]?.cancel();
  await settle();

  await group.spawn(() => undefined);
  group.cancel();
});

errgroup(
  "TestTryGo, limit 1",
  "[KN-27] with one slot and no line the second is refused until the first has ended",
  async () => {
    await using group = new Scope(undefined, { limit: 1, queue: 0 });
    const first = group.spawn(() => Promise.resolve());
    assert.throws(() => group.spawn(() => undefined), { code: "KERNEL_SCOPE_FULL" });
    await first;
    await settle();
    await group.spawn(() => undefined);
  },
);

errgroup(
  "TestTryGo, limit 0",
  "[KN-27] a limit of 0 is refused at construction: no task could ever run",
  () => {
    assert.throws(() => new Scope(undefined, { limit: 0 }), { code: "KERNEL_INVALID_ARGUMENT" });
  },
);

errgroup("TestGoLimit", "[KN-27] of 1,025 tasks never more than ten are active", async () => {
  let [active, most] = [0, 0];
  await scope(
    (s) => {
      for (let i = 0; i <= 1024; i++) {
        s.spawn(async () => {
          most = Math.max(most, ++active);
          for (let turns = i % 3; turns >= 0; turns--) await Promise.resolve();
          active -= 1;
        });
      }
    },
    { limit: 10 },
  );
  assert.deepEqual([active, most], [0, 10]);
});

errgroup(
  "TestCancelCause",
  "[KN-5, KN-21] the cause of the shared context is the failure itself",
  async () => {
    const failure = new Error("failed");
    const group = new Scope();
    group.spawn(() => Promise.reject(failure));
    const waiting = group.spawn((ctx) => sleep(60_000, ctx).catch(() => ctx.cause));
    await assert.rejects(group.join(), failure);
    assert.equal(await waiting, failure);
    await group[Symbol.asyncDispose]();
  },
);

errgroup(
  "TestPanic",
  "[KN-22] whatever a task throws reaches join as it is, with its own stack",
  async () => {
    const group = new Scope();
    group.spawn(function deepInside(): void {
      throw new TypeError("a bug");
    });
    await assert.rejects(group.join(), (error: Error) => {
      assert.ok(error instanceof TypeError);
      return error.stack?.includes("deepInside") === true;
    });
    await group[Symbol.asyncDispose]();
  },
);

semaphore("TestWeighted", "[KN-50] many tasks with many weights never hold more than there is", async () => {
  const [size, loops] = [8, 200];
  const sem = new Semaphore(size);
  let held = 0;
  await scope((s) => {
    for (let task = 1; task <= size; task++) {
      s.spawn(async (ctx) => {
        for (let i = 0; i < loops; i++) {
          using _ = await sem.acquire(task, ctx);
          held += task;
          assert.ok(held <= size, `${held} held`);
          if (i % 5 === 0) await Promise.resolve();
          held -= task;
        }
      });
    }
  });
  assert.equal(sem.available, size);
});

semaphore("TestWeightedPanic", "[KN-53] more cannot be given back than was taken", async () => {
  const sem = new Semaphore(1);
  const permit = await sem.acquire();
  for (let i = 0; i < 3; i++) permit[Symbol.dispose]();
  assert.equal(sem.available, 1);
});

semaphore(
  "TestWeightedTryAcquire",
  "[KN-50, KN-51] a try succeeds exactly when the permits are there",
  async () => {
    const sem = new Semaphore(2);
    const first = await sem.acquire(1);
    const second = sem.tryAcquire(1);
    const third = sem.tryAcquire(1);
    first[Symbol.dispose]();
    second?.[Symbol.dispose]();
    const fourth = sem.tryAcquire(1);
    await sem.acquire(1);
    const fifth = sem.tryAcquire(1);
    assert.deepEqual(
      [second, third, fourth, fifth].map((permit) => permit !== undefined),
      [true, false, true, false],
    );
  },
);

semaphore(
  "TestWeightedAcquire",
  "[KN-50, KN-60] an acquire with a deadline succeeds exactly when the permits are there",
  async () => {
    const sem = new Semaphore(2);
    const attempt = async (): Promise<Disposable | undefined> => {
      const ctx = background.cancellable();
      const asked = sem.acquire(1, ctx);
      if (!(await hasEnded(asked))) ctx.cancel();
      return asked.catch(() => undefined);
    };
    const first = await sem.acquire(1);
    const second = await attempt();
    const third = await attempt();
    first[Symbol.dispose]();
    second?.[Symbol.dispose]();
    const fourth = await attempt();
    await sem.acquire(1);
    const fifth = await attempt();
    assert.deepEqual(
      [second, third, fourth, fifth].map((permit) => permit !== undefined),
      [true, false, true, false],
    );
  },
);

semaphore(
  "TestWeightedDoesntBlockIfTooBig",
  "[KN-54] a request that can never be granted stops nobody",
  async () => {
    const sem = new Semaphore(2);
    await assert.rejects(sem.acquire(3), { code: "KERNEL_PERMITS_TOO_MANY" });
    await scope((s) => {
      for (let i = 0; i < 6; i++) {
        s.spawn(async (ctx) => {
          using _ = await sem.acquire(1, ctx);
          await settle(1);
        });
      }
    });
    assert.equal(sem.available, 2);
  },
);

semaphore(
  "TestLargeAcquireDoesntStarve",
  "[KN-51] a request for all permits gets them against many small ones",
  async () => {
    const n = 4;
    const sem = new Semaphore(n);
    await scope(async (s) => {
      const state = { running: true };
      for (let i = 0; i < n; i++) {
        const first = await sem.acquire(1);
        s.spawn(async (ctx) => {
          let permit = first;
          while (state.running) {
            await settle(1);
            permit[Symbol.dispose]();
            permit = await sem.acquire(1, ctx);
          }
          permit[Symbol.dispose]();
        });
      }
      const all = await sem.acquire(n);
      state.running = false;
      all[Symbol.dispose]();
    });
    assert.equal(sem.available, n);
  },
);

semaphore(
  "TestAllocCancelDoesntStarve",
  "[KN-52] when a large request in line is cancelled, a small one behind it is granted",
  async () => {
    const sem = new Semaphore(10);
    await sem.acquire(1);
    const ctx = background.cancellable();
    const large = sem.acquire(10, ctx);
    const small = sem.acquire(1);
    assert.equal(await hasEnded(small), false);

    ctx.cancel();

    await assert.rejects(large, isCancelled);
    await small;
  },
);

semaphore(
  "TestWeightedAcquireCanceled",
  "[KN-52] a context that is done never acquires, though permits are free",
  async () => {
    const sem = new Semaphore(2);
    const ctx = background.cancellable();
    ctx.cancel();
    await assert.rejects(sem.acquire(1, ctx), isCancelled);
    assert.equal(sem.available, 2);
  },
);

singleflight("TestDo", "[KN-124] gives the value of its body", async () => {
  const flight = new SingleFlight<string, string>();

  assert.equal(await flight.do("key", () => "bar"), "bar");
});

singleflight("TestDoErr", "[KN-125] throws the error of its body", async () => {
  const flight = new SingleFlight<string, string>();
  const failure = new Error("some error");

  await assert.rejects(
    flight.do("key", () => {
      throw failure;
    }),
    failure,
  );
});

singleflight(
  "TestDoDupSuppress",
  "[KN-124] ten callers, some before the run and some during it",
  async () => {
    const flight = new SingleFlight<string, string>();
    const { promise, resolve } = Promise.withResolvers<string>();
    let runs = 0;
    const call = () =>
      flight.do("key", () => {
        runs += 1;
        return promise;
      });

    const before = Array.from({ length: 5 }, call);
    await settle();
    const during = Array.from({ length: 5 }, call);
    resolve("bar");

    assert.deepEqual(new Set(await Promise.all([...before, ...during])), new Set(["bar"]));
    assert.equal(runs, 1);
  },
);

singleflight(
  "TestForget",
  "[KN-127] after forget a call runs anew, and a third one shares that",
  async () => {
    const flight = new SingleFlight<string, number>();
    const [first, second] = [Promise.withResolvers<number>(), Promise.withResolvers<number>()];
    const forgotten = flight.do("key", () => first.promise);
    flight.forget("key");
    const fresh = flight.do("key", () => second.promise);
    first.resolve(1);
    assert.equal(await forgotten, 1);
    const third = flight.do("key", () => 3);
    second.resolve(2);

    assert.deepEqual([await fresh, await third], [2, 2]);
  },
);
