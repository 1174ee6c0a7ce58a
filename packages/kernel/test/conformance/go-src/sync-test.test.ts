import assert from "node:assert/strict";
import {
  Channel,
  Mutex,
  nextTurn,
  Once,
  onceValue,
  onTaskFailure,
  RWMutex,
  scope,
  WaitGroup,
} from "@barrage/kernel";
import { collectGarbage } from "../../garbage.ts";
import { from } from "../support/origin.ts";
import { hasEnded, settle } from "../support/waiting.ts";

const waitgroup = from("go src/sync/waitgroup_test.go");
const once = from("go src/sync/once_test.go");
const oncefunc = from("go src/sync/oncefunc_test.go");
const mutex = from("go src/sync/mutex_test.go");
const rwmutex = from("go src/sync/rwmutex_test.go");

waitgroup(
  "TestWaitGroup",
  "[KN-120, KN-122] two groups as a barrier, eight times over, let nobody through early",
  async () => {
    const [first, second, n] = [new WaitGroup(), new WaitGroup(), 16];
    for (let round = 0; round < 8; round++) {
      first.add(n);
      second.add(n);
      let exited = 0;
      await scope(async (s) => {
        for (let i = 0; i < n; i++) {
          s.spawn(async () => {
            first.done();
            await second.wait();
            exited += 1;
          });
        }
        await first.wait();
        for (let i = 0; i < n; i++) {
          await Promise.resolve();
          assert.equal(exited, 0);
          second.done();
        }
      });
      assert.equal(exited, n);
    }
  },
);

waitgroup("TestWaitGroupMisuse", "[KN-121] one done too many is refused", () => {
  const group = new WaitGroup();
  group.add(1);
  group.done();
  assert.throws(() => group.done(), { code: "KERNEL_WAIT_GROUP_NEGATIVE" });
});

waitgroup("TestWaitGroupRace", "[KN-120] a wait ends after both, a thousand times", async () => {
  for (let i = 0; i < 1000; i++) {
    const group = new WaitGroup();
    let n = 0;
    await scope(async (s) => {
      for (let task = 0; task < 2; task++) {
        group.add(1);
        s.spawn(() => {
          n += 1;
          group.done();
        });
      }
      await group.wait();
      assert.equal(n, 2);
    });
  }
});

waitgroup("TestWaitGroupGo", "[KN-123] go counts the task until its end", async () => {
  const group = new WaitGroup();
  let i = 0;
  group.go(() => (i += 1));
  await group.wait();
  assert.equal(i, 1);
});

waitgroup(
  "TestIssue76126",
  "[KN-123] a failure of a counted task is not lost: its owner is told, and the wait ends",
  async () => {
    const failures: unknown[] = [];
    using _ = onTaskFailure(({ error }) => failures.push(error));
    const [group, error] = [new WaitGroup(), new Error("test")];
    group.go(() => Promise.reject(error));
    await group.wait();
    await settle();
    assert.deepEqual(failures, [error]);
  },
);

once("TestOnce", "[KN-130] of ten callers one runs the body, and all see it done", async () => {
  const one = new Once();
  let runs = 0;
  await scope((s) => {
    for (let i = 0; i < 10; i++) {
      s.spawn(async () => {
        await one.do(() => void (runs += 1));
        assert.equal(runs, 1);
      });
    }
  });
  assert.equal(runs, 1);
});

once("TestOncePanic", "[KN-131] a body that throws counts as done", async () => {
  const [one, error] = [new Once(), new Error("failed")];
  await assert.rejects(
    one.do(() => Promise.reject(error)),
    error,
  );
  await assert.rejects(
    one.do(() => assert.fail("it ran again")),
    error,
  );
});

oncefunc("TestOnceFunc", "[KN-130] the function runs at its first call only", async () => {
  let calls = 0;
  const run = onceValue(() => void (calls += 1));
  assert.equal(calls, 0);
  await run();
  await run();
  assert.equal(calls, 1);
});

oncefunc("TestOnceValue", "[KN-130] every call gets the value of the first", async () => {
  let calls = 0;
  const value = onceValue(() => ++calls);
  assert.deepEqual([await value(), await value(), calls], [1, 1, 1]);
});

oncefunc("TestOnceValues", "[KN-130] two values come as one tuple", async () => {
  let calls = 0;
  const values = onceValue(() => [++calls, calls + 1] as const);
  assert.equal(await values(), await values());
  assert.deepEqual(await values(), [1, 2]);
});

for (const name of ["TestOnceFuncPanic", "TestOnceValuePanic", "TestOnceValuesPanic"]) {
  oncefunc(name, "[KN-131] every call throws what the first one threw", async () => {
    let calls = 0;
    const error = new Error("x");
    const value = onceValue<number>(() => {
      calls += 1;
      throw error;
    });
    for (let i = 0; i < 2; i++) await assert.rejects(value(), (thrown) => thrown === error);
    assert.equal(calls, 1);
  });
}

oncefunc("TestOnceFuncPanicNil", "[KN-131] also when what it threw is undefined", async () => {
  const value = onceValue<number>(() => {
    // oxlint-disable-next-line typescript/only-throw-error -- anything may be thrown
    throw undefined;
  });
  const caught: unknown[] = [];
  for (let i = 0; i < 2; i++) await value().catch((error: unknown) => caught.push(error));
  assert.deepEqual(caught, [undefined, undefined]);
});

oncefunc("TestOnceFuncPanicTraceback", "[KN-131] the stack of the error is that of the body", async () => {
  const value = onceValue(function theBody(): number {
    throw new Error("x");
  });
  await assert.rejects(value(), (error: Error) => error.stack?.includes("theBody") === true);
});

oncefunc(
  "TestOnceXGC",
  "[KN-130] what the value was computed from can be collected once it was",
  async () => {
    const buffers: Array<WeakRef<object>> = [];
    const make = (): (() => Promise<number>) => {
      const buffer = new Uint8Array(1024);
      buffers.push(new WeakRef(buffer));
      const holder: { buffer: Uint8Array | undefined } = { buffer };
      return onceValue(() => {
        const { length } = holder.buffer ?? [];
        holder.buffer = undefined;
        return length;
      });
    };
    const value = make();
    assert.equal(await value(), 1024);
    await collectGarbage();
    assert.equal(buffers[0]?.deref(), undefined);
    assert.equal(await value(), 1024);
  },
);

mutex("TestMutex", "[KN-56] ten tasks take it a thousand times each, one at a time", async () => {
  const lock = new Mutex();
  const held = lock.tryLock();
  assert.equal(lock.tryLock(), undefined);
  held?.[Symbol.dispose]();
  let inside = 0;
  await scope((s) => {
    for (let task = 0; task < 10; task++) {
      s.spawn(async (ctx) => {
        for (let i = 0; i < 1000; i++) {
          if (i % 3 === 0) lock.tryLock()?.[Symbol.dispose]();
          using _ = await lock.lock(ctx);
          inside += 1;
          assert.equal(inside, 1);
          if (i % 7 === 0) await Promise.resolve();
          inside -= 1;
        }
      });
    }
  });
  assert.equal(lock.locked, false);
});

mutex(
  "TestMutexMisuse",
  "[KN-53] it cannot be unlocked by who does not hold it, nor twice by who does",
  async () => {
    const lock = new Mutex();
    const first = await lock.lock();
    first[Symbol.dispose]();
    const second = lock.tryLock();
    first[Symbol.dispose]();
    assert.notEqual(second, undefined);
    assert.equal(lock.tryLock(), undefined);
  },
);

mutex(
  "TestMutexFairness",
  "[KN-51] against a task that locks all the time another one gets it ten times",
  async () => {
    const lock = new Mutex();
    await scope(async (s) => {
      const greedy = s.spawn(async (ctx) => {
        for (;;) {
          using _ = await lock.lock(ctx);
          await nextTurn();
        }
      });
      for (let i = 0; i < 10; i++) {
        using _ = await lock.lock();
        await nextTurn();
      }
      greedy.cancel();
    });
  },
);

rwmutex("TestParallelReaders", "[KN-111] readers hold it at the same time, one, three and four", async () => {
  for (const readers of [1, 3, 4]) {
    const lock = new RWMutex();
    const [locked, unlock] = [new Channel<void>(readers), new Channel<void>()];
    await scope(async (s) => {
      for (let i = 0; i < readers; i++) {
        s.spawn(async (ctx) => {
          using _ = await lock.readLock(ctx);
          await locked.send(undefined, ctx);
          await unlock.receive(ctx);
        });
      }
      for (let i = 0; i < readers; i++) await locked.receive();
      assert.equal(lock.readers, readers);
      unlock.close();
    });
  }
});

for (const [readers, rounds] of [
  [1, 100],
  [3, 100],
  [10, 100],
  [5, 500],
] as const) {
  rwmutex(
    `TestRWMutex, ${readers} readers, ${rounds} rounds`,
    "[KN-110, KN-114] two writers among readers: never anybody beside a writer",
    async () => {
      const lock = new RWMutex();
      let activity = 0;
      const use = async (weight: number, limit: number): Promise<void> => {
        activity += weight;
        assert.ok(activity >= 1 && activity < limit, `${activity}`);
        for (let i = 0; i < 3; i++) await Promise.resolve();
        activity -= weight;
      };
      await scope((s) => {
        for (let writer = 0; writer < 2; writer++) {
          s.spawn(async (ctx) => {
            for (let i = 0; i < rounds; i++) {
              using _ = await lock.lock(ctx);
              assert.equal(lock.tryReadLock(), undefined);
              await use(10_000, 10_001);
            }
          });
        }
        for (let reader = 0; reader < readers; reader++) {
          s.spawn(async (ctx) => {
            for (let i = 0; i < rounds; i++) {
              using _ = await lock.readLock(ctx);
              assert.equal(lock.tryLock(), undefined);
              await use(1, 10_000);
            }
          });
        }
      });
      assert.equal(await hasEnded(lock.lock()), true);
    },
  );
}
