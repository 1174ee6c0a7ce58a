import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  background,
  type CancellableContext,
  CancelledError,
  Channel,
  type Context,
  DeadlineExceededError,
  isCancelled,
  key,
  onTaskFailure,
  rootContext,
  sleep,
} from "@barrage/kernel";
import { FakeClock } from "@barrage/testkit";
import { heapAfterCollection } from "../garbage.ts";

function caught(ctx: Context): unknown {
  try {
    ctx.throwIfCancelled();
  } catch (error) {
    return error;
  }
  return undefined;
}

describe("cancelling", () => {
  it("[KN-1] reaches everything derived from a context, and neither its parent nor its siblings", () => {
    const parent = background.cancellable();
    const sibling = parent.cancellable();
    const child = parent.cancellable();
    const grandchild = child.with(key<number>("k"), 1).cancellable();

    child.cancel();

    assert.deepEqual(
      [parent, sibling, child, grandchild].map((ctx) => ctx.cancelled),
      [false, false, true, true],
    );
  });

  it("[KN-1] holds for a context derived from a cancelled one", () => {
    const parent = background.cancellable();
    parent.cancel("gone");

    assert.equal(parent.cancellable().cause, "gone");
    assert.equal(parent.cancellable({ timeout: 5 }).with(key("k"), 1).cause, "gone");
  });

  it("[KN-2] shows the whole tree as cancelled to the first who is told", () => {
    const parent = background.cancellable();
    const seen: boolean[] = [];
    const children: CancellableContext[] = [];
    parent.onCancel(() => seen.push(...children.map((ctx) => ctx.cancelled)));
    for (let i = 0; i < 3; i++) children.push(parent.cancellable());

    parent.cancel();

    assert.deepEqual(seen, [true, true, true]);
  });

  it("[KN-3] aborts a signal read before, with the error that waits throw", () => {
    const parent = background.cancellable();
    const child = parent.cancellable();
    const { signal } = child;
    let aborts = 0;
    signal.addEventListener("abort", () => (aborts += 1));
    assert.equal(signal.aborted, false);

    parent.cancel("why");

    assert.equal(signal.aborted, true);
    assert.equal(aborts, 1);
    assert.equal(signal.reason, caught(child));
  });

  it("[KN-3] aborts the signal of the cancelled context before those of its children", () => {
    const parent = background.cancellable();
    const order: string[] = [];
    parent.cancellable().signal.addEventListener("abort", () => order.push("child"));
    parent.signal.addEventListener("abort", () => order.push("parent"));

    parent.cancel();

    assert.deepEqual(order, ["parent", "child"]);
  });

  it("[KN-3] has aborted every signal of the tree when a callback or a wait learns of it", async () => {
    const parent = background.cancellable();
    const [child, sibling] = [parent.cancellable(), parent.cancellable()];
    const signals = [parent.signal, child.cancellable().signal, sibling.signal];
    const seen: boolean[][] = [];
    parent.onCancel(() => seen.push(signals.map(({ aborted }) => aborted)));
    child.onCancel(() => seen.push(signals.map(({ aborted }) => aborted)));
    const waiting = sleep(1e6, parent).catch(() => seen.push(signals.map(({ aborted }) => aborted)));

    parent.cancel();
    await waiting;

    assert.deepEqual(
      seen,
      [signals, signals, signals].map(() => [true, true, true]),
    );
  });

  it("[KN-3] in a parent's abort event, its children are cancelled and their signals about to abort", () => {
    const parent = background.cancellable();
    const child = parent.cancellable();
    const { signal } = child;
    const seen: boolean[] = [];
    parent.signal.addEventListener("abort", () => seen.push(child.cancelled, signal.aborted));

    parent.cancel();

    assert.deepEqual([...seen, signal.aborted], [true, false, true]);
  });

  it("[KN-3] aborts a signal read after, and shares it between a context and its views", () => {
    const ctx = background.cancellable();
    const view = ctx.with(key<number>("k"), 1);
    ctx.cancel();

    assert.equal(ctx.signal.aborted, true);
    assert.equal(view.signal, ctx.signal);
    assert.equal(ctx.signal.reason, caught(ctx));
  });

  it("[KN-3] never aborts the signal of a root", () => {
    assert.equal(rootContext().signal.aborted, false);
    assert.equal(background.detached().signal.aborted, false);
  });

  it("[KN-4] keeps the first cause, from above or from below", () => {
    const parent = background.cancellable();
    const child = parent.cancellable();
    child.cancel("first");
    const error = caught(child);

    child.cancel("second");
    parent.cancel("third");

    assert.equal(child.cause, "first");
    assert.equal(caught(child), error);
    assert.equal(parent.cause, "third");
  });

  it("[KN-5] makes a cause when none is given and throws it", () => {
    const ctx = background.cancellable({ name: "request" });
    const before = ctx.cause;

    ctx.cancel();

    assert.equal(before, undefined);
    assert.ok(ctx.cause instanceof CancelledError);
    assert.equal(ctx.cause, caught(ctx));
    assert.equal(ctx.cause.message, "request was cancelled");
  });

  it("[KN-5] wraps a foreign cause once for the whole tree", () => {
    const parent = background.cancellable();
    const child = parent.cancellable();
    const given = new Error("client went away");

    parent.cancel(given);

    assert.equal(child.cause, given);
    assert.ok(isCancelled(caught(child)));
    assert.equal((caught(child) as Error).cause, given);
    assert.equal(caught(child), caught(parent));
  });

  it("[KN-5] throws a cause that is a CancelledError itself", () => {
    const ctx = background.cancellable();
    const given = new CancelledError("upload");

    ctx.cancel(given);

    assert.equal(caught(ctx), given);
  });

  it("[KN-13] survives a chain of 100 000 contexts", () => {
    const top = background.cancellable();
    let deepest: CancellableContext = top;
    for (let i = 0; i < 100_000; i++) deepest = deepest.cancellable();

    top.cancel("top");

    assert.equal(deepest.cause, "top");
  });
});

describe("deadlines", () => {
  function clocked(): { clock: FakeClock; root: Context } {
    const clock = new FakeClock();
    return { clock, root: rootContext({ clock }) };
  }

  it("[KN-6] takes the earlier deadline of parent and child", () => {
    const { clock, root } = clocked();
    const parent = root.cancellable({ deadline: 100 });

    assert.equal(parent.cancellable({ timeout: 99 }).deadline, 99);
    assert.equal(parent.cancellable({ timeout: 100 }).deadline, 100);
    assert.equal(parent.cancellable({ timeout: 101 }).deadline, 100);
    assert.equal(parent.cancellable({ timeout: 50, deadline: 20 }).deadline, 20);
    assert.equal(root.deadline, undefined);
    assert.equal(clock.pendingTimers, 3);
    parent.cancel();
    assert.equal(clock.pendingTimers, 0);
  });

  it("[KN-7] cancels when the deadline passes and not a millisecond before", async () => {
    const { clock, root } = clocked();
    const ctx = root.cancellable({ timeout: 100, name: "upload" });

    await clock.advance(99);
    assert.equal(ctx.cancelled, false);

    await clock.advance(1);
    assert.ok(ctx.cause instanceof DeadlineExceededError);
    assert.equal(ctx.cause.code, "KERNEL_DEADLINE_EXCEEDED");
    assert.equal(ctx.cause.message, "upload passed its deadline");
  });

  it("[KN-7] cancels at once when no time is left", () => {
    const { clock, root } = clocked();

    assert.ok(root.cancellable({ timeout: 0 }).cause instanceof DeadlineExceededError);
    assert.ok(root.cancellable({ deadline: -1 }).cause instanceof DeadlineExceededError);
    assert.equal(clock.pendingTimers, 0);
  });

  it("[KN-7] removes the timer of a context that was cancelled first", () => {
    const { clock, root } = clocked();
    const ctx = root.cancellable({ timeout: 100 });
    assert.equal(clock.pendingTimers, 1);

    ctx.cancel();

    assert.equal(clock.pendingTimers, 0);
  });

  it("[KN-12] runs on the clock of the root it comes from", async () => {
    const { clock, root } = clocked();
    const ctx = root.with(key<number>("k"), 1).cancellable().detached().cancellable({ timeout: 10 });
    assert.equal(ctx.clock, clock);

    await clock.advance(10);

    assert.equal(ctx.cancelled, true);
  });

  it("[KN-100] refuses a timeout that is no span", () => {
    for (const timeout of [-1, NaN]) {
      assert.throws(() => background.cancellable({ timeout }), { code: "KERNEL_INVALID_ARGUMENT" });
    }
  });
});

describe("values", () => {
  it("[KN-8] finds the nearest value of the very key", () => {
    const user = key<string>("user");
    const other = key<string>("user");
    const outer = background.with(user, "ann");
    const inner = outer.cancellable().with(user, "bob").cancellable();

    assert.equal(inner.value(user), "bob");
    assert.equal(outer.value(user), "ann");
    assert.equal(inner.value(other), undefined);
    assert.equal(background.value(user), undefined);
  });

  it("[KN-10] detaches from cancellation and deadline and keeps the values", () => {
    const user = key<string>("user");
    const ctx = background.with(user, "ann").cancellable({ timeout: 1000 });
    const detached = ctx.detached();

    ctx.cancel();

    assert.equal(detached.cancelled, false);
    assert.equal(detached.deadline, undefined);
    assert.equal(detached.value(user), "ann");
  });
});

describe("onCancel", () => {
  it("[KN-11] calls back once with the cause, in the order of subscription", () => {
    const ctx = background.cancellable();
    const calls: unknown[] = [];
    ctx.onCancel((cause) => calls.push(1, cause));
    ctx.with(key<number>("k"), 1).onCancel((cause) => calls.push(2, cause));

    ctx.cancel("x");
    ctx.cancel("y");

    assert.deepEqual(calls, [1, "x", 2, "x"]);
  });

  it("[KN-11] calls back at once when it is too late to wait, and never after dispose", () => {
    const ctx = background.cancellable();
    let calls = 0;
    ctx.onCancel(() => (calls += 1))[Symbol.dispose]();
    ctx.cancel();
    assert.equal(calls, 0);

    ctx.onCancel(() => (calls += 1))[Symbol.dispose]();
    assert.equal(calls, 1);
  });

  it("[KN-11] tells the others when one throws, and reports the error", () => {
    const ctx = background.cancellable({ name: "request" });
    const failures: string[] = [];
    using _ = onTaskFailure(({ error, name }) => failures.push(`${name}: ${String(error)}`));
    let calls = 0;
    ctx.onCancel(() => {
      throw new Error("bad listener");
    });
    ctx.onCancel(() => (calls += 1));

    ctx.cancel();

    assert.equal(calls, 1);
    assert.deepEqual(failures, ["onCancel of request: Error: bad listener"]);
  });

  it("[KN-11] does not call a callback that an earlier one has disposed", () => {
    const ctx = background.cancellable();
    let calls = 0;
    ctx.onCancel(() => later[Symbol.dispose]());
    const later = ctx.onCancel(() => (calls += 1));

    ctx.cancel();

    assert.equal(calls, 0);
  });

  it("[KN-11] may dispose itself while it is told", () => {
    const ctx = background.cancellable();
    const calls: string[] = [];
    const own = ctx.onCancel(() => {
      calls.push("own");
      own[Symbol.dispose]();
    });
    ctx.onCancel(() => calls.push("after"));

    ctx.cancel();

    assert.deepEqual(calls, ["own", "after"]);
  });
});

describe("residue", () => {
  it("[KN-9] leaves nothing of 300 000 children and callbacks in a live parent", async () => {
    using parent = background.cancellable();
    const churn = (): void => {
      for (let i = 0; i < 100_000; i++) {
        using _child = parent.cancellable({ name: "child" });
        parent.cancellable().cancel("done");
        parent.onCancel(() => i)[Symbol.dispose]();
      }
    };
    churn();
    const before = await heapAfterCollection();

    churn();

    assert.ok((await heapAfterCollection()) - before < 1_000_000);
  });

  it("[KN-9] leaves nothing of 100 000 waits in the context they passed", async () => {
    using ctx = background.cancellable();
    const channel = new Channel<number>();
    const waits = async (): Promise<number> => {
      for (let i = 0; i < 100_000; i++) {
        const receiving = channel.receive(ctx);
        channel.trySend(i);
        await receiving;
      }
      return heapAfterCollection();
    };
    const before = await waits();

    assert.ok((await waits()) - before < 1_000_000);
  });
});
