import assert from "node:assert/strict";
import {
  background,
  type CancellableContext,
  type Context,
  DeadlineExceededError,
  isCancelled,
  key,
  kernelCode,
  liveTaskCount,
  rootContext,
  select,
  sleep,
} from "@barrage/kernel";
import { FakeClock } from "@barrage/testkit";
import fc from "fast-check";
import { heapAfterCollection } from "../../garbage.ts";
import { from } from "../support/origin.ts";
import { hasEnded } from "../support/waiting.ts";

const it = from("go src/context");

const HOUR_MS = 3_600_000;

function timed(): { clock: FakeClock; root: Context } {
  const clock = new FakeClock();
  return { clock, root: rootContext({ clock }) };
}

function errorOf(ctx: Context): unknown {
  try {
    ctx.throwIfCancelled();
  } catch (error) {
    return error;
  }
  return undefined;
}

it("TestBackground", "[KN-1] the background is never cancelled, has no deadline and a name", async () => {
  assert.deepEqual(
    [background.cancelled, background.deadline, background.name],
    [false, undefined, "background"],
  );
  assert.equal(await hasEnded(select({}, background)), false);
});

it(
  "TestWithCancel",
  "[KN-2] a cancel is seen by the context, its views and its children when it returns",
  () => {
    const parent = background.cancellable();
    const view = parent.with(key<number>("n"), 1);
    const child = view.cancellable();
    for (const ctx of [parent, view, child]) {
      assert.deepEqual([ctx.cancelled, ctx.signal.aborted, errorOf(ctx)], [false, false, undefined]);
    }

    parent.cancel();

    for (const ctx of [parent, view, child]) {
      assert.deepEqual([ctx.cancelled, ctx.signal.aborted], [true, true]);
      assert.equal(kernelCode(errorOf(ctx)), "KERNEL_CANCELLED");
    }
  },
);

it(
  "TestParentFinishesChild",
  "[KN-1] a parent's cancel reaches children, views of values and timed ones alike",
  () => {
    const parent = background.cancellable();
    const plain = parent.cancellable();
    const valued = parent.with(key<string>("k"), "v").cancellable();
    const withTimer = valued.cancellable({ timeout: HOUR_MS });

    parent.cancel();

    for (const ctx of [parent, plain, valued, withTimer]) assert.equal(ctx.cancelled, true);
    const late = parent.cancellable();
    assert.equal(late.cancelled, true);
  },
);

it("TestChildFinishesFirst", "[KN-1] a child's cancel leaves its parent alive, cancellable or not", () => {
  for (const parent of [background, background.cancellable()]) {
    const child = parent.cancellable();
    child.cancel();
    assert.deepEqual([child.cancelled, parent.cancelled], [true, false]);
  }
});

it(
  "TestDeadline",
  "[KN-6, KN-7] a deadline ends it at that moment; a later one of a child is ignored",
  async () => {
    const { clock, root } = timed();
    const plain = root.cancellable({ deadline: 1 });
    const view = plain.with(key<number>("n"), 1);
    const later = view.cancellable({ deadline: HOUR_MS });
    const past = root.cancellable({ deadline: -1 });
    const now = root.cancellable({ deadline: 0 });
    assert.deepEqual([past.cancelled, now.cancelled, plain.cancelled], [true, true, false]);
    assert.equal(later.deadline, 1);

    await clock.advance(1);

    for (const ctx of [plain, view, later, past, now]) {
      assert.equal(kernelCode(errorOf(ctx)), "KERNEL_DEADLINE_EXCEEDED");
    }
  },
);

it(
  "TestTimeout",
  "[KN-6, KN-7] a timeout ends it after its span; a longer one of a child is ignored",
  async () => {
    const { clock, root } = timed();
    const short = root.cancellable({ timeout: 5 });
    const longer = short.with(key<number>("n"), 1).cancellable({ timeout: HOUR_MS });

    await clock.advance(4);
    assert.equal(longer.cancelled, false);
    await clock.advance(1);

    assert.ok(errorOf(longer) instanceof DeadlineExceededError);
    assert.equal(clock.pendingTimers, 0);
  },
);

it("TestCanceledTimeout", "[KN-7] cancelled before its timeout it says cancelled, and keeps no timer", () => {
  const { clock, root } = timed();
  const child = root.cancellable({ timeout: 1000 }).cancellable({ timeout: HOUR_MS });
  child.cancel();

  assert.equal(kernelCode(errorOf(child)), "KERNEL_CANCELLED");
  assert.equal(clock.pendingTimers, 1);
});

it(
  "TestValues",
  "[KN-8] values are found by their key through every layer, and may be hidden by undefined",
  () => {
    const [k1, k2, k3] = [key<string | undefined>("same"), key<string>("same"), key<string>("other")];
    const seen = (ctx: Context): unknown[] => [ctx.value(k1), ctx.value(k2), ctx.value(k3)];
    const c1 = background.with(k1, "c1k1");
    const c2 = c1.with(k2, "c2k2");
    const c3 = c2.cancellable().with(k3, "c3k3");
    const c4 = c3.with(k1, undefined);

    assert.deepEqual(seen(background), [undefined, undefined, undefined]);
    assert.deepEqual(seen(c1), ["c1k1", undefined, undefined]);
    assert.deepEqual(seen(c2), ["c1k1", "c2k2", undefined]);
    assert.deepEqual(seen(c3.cancellable()), ["c1k1", "c2k2", "c3k3"]);
    assert.deepEqual(seen(c4), [undefined, "c2k2", "c3k3"]);
  },
);

it(
  "TestAllocs",
  "[KN-9] what is derived, used and let go of leaves nothing, cancelled or by its time",
  async () => {
    const parent = background.cancellable();
    const k = key<number>("n");
    const round = async (): Promise<number> => {
      for (let i = 0; i < 20_000; i++) {
        parent.with(k, i).value(k);
        parent.cancellable().cancel();
        parent.cancellable({ timeout: HOUR_MS }).cancel();
        parent.cancellable({ timeout: 0 });
      }
      return heapAfterCollection();
    };
    const before = await round();

    const kept = (await round()) - before;
    assert.ok(kept < 100_000, `${kept} bytes`);
  },
);

it(
  "TestSimultaneousCancels",
  "[KN-2] a tree of a hundred cancelled in random order is cancelled whole",
  () => {
    fc.assert(
      fc.property(fc.shuffledSubarray([...Array(101).keys()], { minLength: 101 }), (order) => {
        const root = background.cancellable();
        const all: CancellableContext[] = [root];
        for (let i = 0; all.length < 101; i++) {
          for (let n = 0; n < 4; n++) all.push((all[i] ?? root).cancellable());
        }
        for (const index of order) all[index]?.cancel();
        assert.ok(all.every((ctx) => ctx.cancelled));
      }),
      { numRuns: 50 },
    );
  },
);

it(
  "TestInterlockedCancels",
  "[KN-11] a callback of the parent that cancels the child ends well",
  async () => {
    const parent = background.cancellable();
    const child = parent.cancellable();
    parent.onCancel(() => child.cancel(new Error("mine")));
    const waiting = assert.rejects(sleep(HOUR_MS, child), isCancelled);

    parent.cancel();

    await waiting;
    assert.equal(child.cause, parent.cause);
  },
);

/** Layers of values, cancels and timeouts in random order, checked before and after it ends. */
async function layers(kinds: readonly number[], pick: number, byTime: boolean): Promise<void> {
  const { clock, root } = timed();
  const keys: Array<ReturnType<typeof key<number>>> = [];
  const cancels: CancellableContext[] = [];
  let ctx: Context = root;
  for (const kind of [...kinds, 0, 1, 2]) {
    if (kind === 0) {
      const k = key<number>("layer");
      ctx = ctx.with(k, keys.length);
      keys.push(k);
    } else {
      const child = ctx.cancellable(kind === 1 ? {} : { timeout: byTime ? 1 : HOUR_MS });
      cancels.push(child);
      ctx = child;
    }
  }
  const holds = (): void => keys.forEach((k, index) => assert.equal(ctx.value(k), index));
  assert.equal(ctx.cancelled, false);
  holds();
  if (byTime) await clock.advance(1);
  else cancels[pick % cancels.length]?.cancel();
  assert.equal(ctx.cancelled, true);
  holds();
  cancels[0]?.cancel();
  assert.equal(clock.pendingTimers, 0);
}

for (const [name, byTime] of [
  ["TestLayersCancel", false],
  ["TestLayersTimeout", true],
] as const) {
  it(name, "[KN-1, KN-7, KN-8] random layers keep their values and end with any layer they stand on", () =>
    fc.assert(
      fc.asyncProperty(fc.array(fc.nat(2), { minLength: 30, maxLength: 60 }), fc.nat(), (kinds, pick) =>
        layers(kinds, pick, byTime),
      ),
      { numRuns: 25 },
    ),
  );
}

it(
  "TestCancelRemoves",
  "[KN-9] a child that is cancelled, or whose time is up, is held by its parent no more",
  async () => {
    const clock = new FakeClock();
    const parent = rootContext({ clock }).cancellable();
    const gone: Array<WeakRef<Context>> = [];
    const derive = async (): Promise<void> => {
      const [one, two, three] = [
        parent.cancellable(),
        parent.cancellable({ timeout: 10 }),
        parent.cancellable(),
      ];
      three.onCancel(() => undefined);
      gone.push(...[one, two, three].map((ctx) => new WeakRef<Context>(ctx)));
      one.cancel();
      three[Symbol.dispose]();
      await clock.advance(10);
    };
    await derive();
    await heapAfterCollection();

    assert.deepEqual(
      gone.map((ref) => ref.deref()),
      [undefined, undefined, undefined],
    );
  },
);

it(
  "TestWithCancelCanceledParent",
  "[KN-1, KN-5] a child of a cancelled parent is cancelled at once, for its cause",
  () => {
    const cause = new Error("Because!");
    const parent = background.cancellable();
    parent.cancel(cause);
    const child = parent.cancellable();

    assert.deepEqual([child.cancelled, child.cause], [true, cause]);
    assert.ok(isCancelled(errorOf(child)));
  },
);

it(
  "TestWithCancelSimultaneouslyCanceledParent",
  "[KN-5] derived before the cancel or after: the same cause",
  () => {
    for (let i = 0; i < 100; i++) {
      const [cause, parent] = [new Error("Because!"), background.cancellable()];
      const children: CancellableContext[] = [];
      parent.onCancel(() => children.push(parent.cancellable()));
      if (i % 2 === 0) children.push(parent.cancellable());
      parent.cancel(cause);
      for (const child of children) assert.deepEqual([child.cancelled, child.cause], [true, cause]);
    }
  },
);

it(
  "TestDeadlineExceededSupportsTimeout",
  "[KN-7] a passed deadline can be told from a cancel, and may be tried again",
  () => {
    const error = errorOf(background.cancellable({ timeout: 0 }));
    assert.ok(error instanceof DeadlineExceededError);
    assert.deepEqual([isCancelled(error), error.spec.retryable], [true, true]);
  },
);

const [PARENT, CHILD] = [new Error("parentCause"), new Error("childCause")];
const pair = (act: (parent: CancellableContext, child: CancellableContext) => void): Context => {
  const parent = background.cancellable();
  const child = parent.cancellable();
  act(parent, child);
  return child;
};

function cancelled(ctx: CancellableContext): CancellableContext {
  ctx.cancel();
  return ctx;
}

const causes: ReadonlyArray<
  readonly [name: string, ctx: () => Context, cause: unknown, code: string | undefined]
> = [
  ["Background", () => background, undefined, undefined],
  ["WithCancel", () => pair((_, child) => child.cancel()), "own", "KERNEL_CANCELLED"],
  ["WithCancelCause", () => pair((_, child) => child.cancel(PARENT)), PARENT, "KERNEL_CANCELLED"],
  ["WithCancelCause nil", () => pair((_, child) => child.cancel(undefined)), "own", "KERNEL_CANCELLED"],
  [
    "parent cause before child",
    () => pair((parent, child) => (parent.cancel(PARENT), child.cancel(CHILD))),
    PARENT,
    "KERNEL_CANCELLED",
  ],
  [
    "parent cause after child",
    () => pair((parent, child) => (child.cancel(CHILD), parent.cancel(PARENT))),
    CHILD,
    "KERNEL_CANCELLED",
  ],
  [
    "parent cause before nil",
    () => pair((parent, child) => (parent.cancel(PARENT), child.cancel())),
    PARENT,
    "KERNEL_CANCELLED",
  ],
  [
    "parent cause after nil",
    () => pair((parent, child) => (child.cancel(), parent.cancel(PARENT))),
    "own",
    "KERNEL_CANCELLED",
  ],
  [
    "child cause after nil",
    () => pair((parent, child) => (parent.cancel(), child.cancel(CHILD))),
    "own",
    "KERNEL_CANCELLED",
  ],
  [
    "child cause before nil",
    () => pair((parent, child) => (child.cancel(CHILD), parent.cancel())),
    CHILD,
    "KERNEL_CANCELLED",
  ],
  ["WithTimeout", () => background.cancellable({ timeout: 0 }), "own", "KERNEL_DEADLINE_EXCEEDED"],
  [
    "WithTimeout canceled",
    () => cancelled(background.cancellable({ timeout: HOUR_MS })),
    "own",
    "KERNEL_CANCELLED",
  ],
  ["WithoutCancel", () => background.detached(), undefined, undefined],
  ["WithoutCancel canceled", () => cancelled(background.cancellable()).detached(), undefined, undefined],
  ["WithoutCancel timeout", () => background.cancellable({ timeout: 0 }).detached(), undefined, undefined],
];

for (const [name, make, cause, code] of causes) {
  it(`TestCause, ${name}`, "[KN-4, KN-5] the cause is what cancelled first, and the error says how", () => {
    const ctx = make();
    assert.equal(ctx.cause, cause === "own" ? errorOf(ctx) : cause);
    assert.equal(kernelCode(errorOf(ctx)), code);
  });
}

it("TestCauseRace", "[KN-4] of two causes given in one moment the first stays, for all", () => {
  const parent = background.cancellable();
  const child = parent.cancellable();
  parent.onCancel(() => parent.cancel(CHILD));
  child.onCancel(() => child.cancel(CHILD));
  parent.cancel(PARENT);
  assert.deepEqual([parent.cause, child.cause], [PARENT, PARENT]);
});

it(
  "TestWithoutCancel",
  "[KN-10] detached keeps values and has neither cancel, nor deadline, nor cause",
  () => {
    const k = key<string>("key");
    const parent = background.with(k, "value").cancellable({ timeout: HOUR_MS });
    const detached = parent.detached();
    parent.cancel();

    const { cancelled, deadline, cause } = detached;
    assert.deepEqual([cancelled, deadline, cause, detached.value(k)], [false, undefined, undefined, "value"]);
  },
);

it("TestCustomContextGoroutines", "[KN-9] no task is started for any context", () => {
  const before = liveTaskCount();
  const first = background.cancellable();
  let ctx: Context = first;
  for (let i = 0; i < 10; i++) ctx = ctx.with(key<number>("n"), i).cancellable({ timeout: HOUR_MS });
  assert.equal(liveTaskCount(), before);
  first.cancel();
  assert.equal(ctx.cancelled, true);
});

it(
  "TestInvalidDerivedFail",
  "[KN-102] what is no context of this kernel is refused by everything that takes one",
  () => {
    const foreign = { ...background } as Context;
    assert.throws(() => select({}, foreign), { code: "KERNEL_FOREIGN" });
    assert.throws(() => sleep(1, foreign), { code: "KERNEL_FOREIGN" });
  },
);

it("TestAfterFuncCalledAfterCancel", "[KN-11] a callback is called once, when it is cancelled", () => {
  const ctx = background.cancellable();
  let calls = 0;
  ctx.onCancel(() => (calls += 1));
  assert.equal(calls, 0);
  ctx.cancel();
  ctx.cancel();
  assert.equal(calls, 1);
});

it("TestAfterFuncCalledAfterTimeout", "[KN-11] a callback is called when the time is up", async () => {
  const { clock, root } = timed();
  let cause: unknown;
  root.cancellable({ timeout: 5 }).onCancel((given) => (cause = given));
  await clock.advance(5);
  assert.ok(cause instanceof DeadlineExceededError);
});

it("TestAfterFuncCalledImmediately", "[KN-11] a callback of a cancelled context is called at once", () => {
  const ctx = background.cancellable();
  ctx.cancel();
  let calls = 0;
  ctx.onCancel(() => (calls += 1));
  assert.equal(calls, 1);
});

it("TestAfterFuncNotCalledAfterStop", "[KN-11] a callback that was unsubscribed is not called", () => {
  const ctx = background.cancellable();
  let calls = 0;
  const one = ctx.onCancel(() => (calls += 1));
  ctx.onCancel(() => two[Symbol.dispose]());
  const two = ctx.onCancel(() => (calls += 1));
  one[Symbol.dispose]();
  ctx.cancel();
  assert.equal(calls, 0);
});

it("TestContextErrDoneRace", "[KN-2, KN-3] whoever learns of a cancel sees the error too", async () => {
  const ctx = background.cancellable();
  const seen: unknown[] = [];
  ctx.signal.addEventListener("abort", () => seen.push(errorOf(ctx)));
  ctx.onCancel(() => seen.push(errorOf(ctx)));
  const waiting = select({}, ctx).catch(() => seen.push(errorOf(ctx)));
  ctx.cancel();
  await waiting;
  assert.equal(seen.length, 3);
  assert.ok(seen.every(isCancelled));
});
