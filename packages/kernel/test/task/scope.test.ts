import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  background,
  CancelledError,
  Channel,
  type Context,
  DeadlineExceededError,
  isCancelled,
  nextTurn,
  onTaskFailure,
  rootContext,
  Scope,
  scope,
  sleep,
  type Task,
} from "@barrage/kernel";
import { assertNoLeaks } from "@barrage/kernel/diagnostics";
import { FakeClock } from "@barrage/testkit";
import { heapAfterCollection } from "../garbage.ts";

/** A task that does nothing until it is cancelled. */
function forever(ctx: Context): Promise<unknown> {
  return new Channel<never>().receive(ctx);
}

function fail(error: unknown): () => never {
  return () => {
    throw error;
  };
}

function failures(): { readonly seen: unknown[] } & Disposable {
  const seen: unknown[] = [];
  const subscription = onTaskFailure(({ error }) => seen.push(error));
  return { seen, [Symbol.dispose]: () => subscription[Symbol.dispose]() };
}

describe("scope", () => {
  it("[KN-20] waits for its tasks and gives what the body returned", async () => {
    const steps: string[] = [];
    const result = await assertNoLeaks(() =>
      scope((s) => {
        s.spawn(async () => {
          await nextTurn();
          steps.push("task");
        });
        steps.push("body");
        return 42;
      }),
    );

    assert.equal(result, 42);
    assert.deepEqual(steps, ["body", "task"]);
  });

  it("[KN-20] waits for tasks that its tasks started", async () => {
    const steps: number[] = [];
    await scope((s) => {
      s.spawn((_, owner) => {
        owner.spawn(async () => {
          await nextTurn();
          steps.push(2);
        });
        steps.push(1);
      });
    });

    assert.deepEqual(steps, [1, 2]);
  });

  it("[KN-20] waits for a task that is started just as the last one ends", async () => {
    let late: Task<unknown> | undefined;
    await scope((s) => {
      const first = s.spawn(() => nextTurn());
      void first.then(() => (late = s.spawn(() => nextTurn())));
    });

    assert.equal(late?.state, "done");
  });

  it("[KN-35] ends its context and its timer with it", async () => {
    const clock = new FakeClock();
    const ended = await scope((s) => [s.context, s.context.cancellable()], {
      parent: rootContext({ clock }),
      timeout: 100,
    });

    assert.deepEqual(
      ended.map((ctx) => ctx.cancelled),
      [true, true],
    );
    assert.equal(clock.pendingTimers, 0);
  });

  it("[KN-21] cancels its tasks when the body throws, and waits for them", async () => {
    const boom = new Error("boom");
    const ended: unknown[] = [];
    const running = scope((s) => {
      s.spawn(async (ctx) => {
        await forever(ctx).catch((error: unknown) => ended.push((error as Error).cause));
        await nextTurn();
        ended.push("cleaned up");
      });
      throw boom;
    });

    await assert.rejects(running, boom);
    assert.deepEqual(ended, [boom, "cleaned up"]);
  });

  it("[KN-21] cancels siblings and the body's waits when a task fails", async () => {
    const boom = new Error("boom");
    let sibling: Task<unknown> | undefined;
    const running = scope(async (s) => {
      sibling = s.spawn(forever);
      s.spawn(fail(boom));
      await forever(s.context);
    });

    await assert.rejects(running, boom);
    assert.equal(sibling?.state, "cancelled");
  });

  it("[KN-22] throws one failure once, though the body awaited the task that failed", async () => {
    const boom = new Error("boom");

    await assert.rejects(
      scope(async (s) => {
        await s.spawn(fail(boom));
      }),
      boom,
    );
  });

  it("[KN-22] holds a failure once, though the body of a collecting scope awaited it", async () => {
    const boom = new Error("boom");

    await assert.rejects(
      scope(async (s) => void (await s.spawn(fail(boom))), { onError: "collect" }),
      boom,
    );
  });

  it("[KN-22] gathers several failures, the first one first", async () => {
    const [one, two, three] = [new Error("1"), new Error("2"), new Error("3")];
    const running = scope(async (s) => {
      s.spawn(fail(one));
      s.spawn(fail(two));
      await forever(s.context).catch(fail(three));
    });

    await assert.rejects(running, (error: AggregateError) => {
      assert.deepEqual(error.errors, [one, two, three]);
      assert.equal(error.cause, one);
      return true;
    });
  });

  it("[KN-22] passes on anything that was thrown, also undefined", async () => {
    const outcome = await scope(fail(undefined)).then(
      () => "fulfilled",
      (error: unknown) => error,
    );

    assert.equal(outcome, undefined);
  });

  it("[KN-24] takes no failure from a task that ends because it was cancelled", async () => {
    const cause = new Error("stop");
    const endings = [
      (ctx: Context) => forever(ctx),
      (ctx: Context) => forever(ctx).catch(() => Promise.reject(ctx.cause as Error)),
      (ctx: Context) => forever(ctx).catch((error: unknown) => fail(new Error("read", { cause: error }))()),
    ];

    const states = await scope(async (s) => {
      const tasks = endings.map((body) => s.spawn(body));
      await nextTurn();
      for (const task of tasks) task.cancel(cause);
      await Promise.allSettled(tasks);
      return tasks.map((task) => task.state);
    });

    assert.deepEqual(states, ["cancelled", "cancelled", "cancelled"]);
  });

  it("[KN-24] takes any other error of a cancelled task as a failure", async () => {
    const other = new Error("while stopping");

    await assert.rejects(
      scope(async (s) => {
        const task = s.spawn((ctx) => forever(ctx).catch(fail(other)));
        await nextTurn();
        task.cancel();
      }),
      other,
    );
  });

  it("[KN-24] takes the cancel error of another context as a failure", async () => {
    const elsewhere = background.cancellable({ name: "elsewhere" });
    elsewhere.cancel();

    await assert.rejects(
      scope((s) => void s.spawn(() => elsewhere.throwIfCancelled())),
      { code: "KERNEL_CANCELLED", message: "elsewhere was cancelled" },
    );
  });

  it("[KN-25] throws its deadline when tasks were cut short by it", async () => {
    const clock = new FakeClock();
    const running = scope((s) => void s.spawn(forever), {
      parent: rootContext({ clock }),
      timeout: 100,
      name: "load",
    });
    const rejected = assert.rejects(running, DeadlineExceededError);

    await clock.advance(100);

    await rejected;
    assert.equal(clock.pendingTimers, 0);
  });

  it("[KN-25] throws its parent's cancel error, and nothing when no task was cut short", async () => {
    const parent = background.cancellable();
    const cut = assert.rejects(
      scope((s) => void s.spawn(forever), { parent }),
      (error) => error === parent.cause,
    );
    const whole = scope((s) => void s.spawn(() => nextTurn()), { parent });

    parent.cancel();

    await cut;
    await whole;
  });

  it("[KN-25] returns normally when it was stopped by its own cancel", async () => {
    const result = await scope((s) => {
      s.spawn(forever);
      s.cancel();
      return "finished early";
    });

    assert.equal(result, "finished early");
  });

  it("[KN-25] throws the cancel error when the body itself was cut short by it", async () => {
    await assert.rejects(
      scope(async (s) => {
        s.spawn((_, owner) => owner.cancel());
        await forever(s.context);
      }),
      CancelledError,
    );
  });

  it("[KN-30] takes no tasks or resources after its end", async () => {
    let own: Scope | undefined;
    await scope((s) => void (own = s));
    const closed = { code: "KERNEL_SCOPE_CLOSED" };

    assert.throws(() => own?.spawn(() => 1), closed);
    assert.throws(() => own?.defer(() => undefined), closed);
    assert.throws(() => own?.use({ [Symbol.dispose]: () => undefined }), closed);
    await own?.[Symbol.asyncDispose]();
  });

  it("[KN-100] refuses a limit or queue that is no count", () => {
    const invalid = { code: "KERNEL_INVALID_ARGUMENT" };
    for (const limit of [0, -1, 1.5, NaN]) assert.throws(() => new Scope(background, { limit }), invalid);
    assert.throws(() => new Scope(background, { queue: -1 }), invalid);
  });
});

describe("onError", () => {
  it("[KN-23] collects failures without cancelling anything", async () => {
    const [one, two] = [new Error("1"), new Error("2")];
    let third: Task<string> | undefined;
    const running = scope(
      (s) => {
        s.spawn(fail(one));
        s.spawn(fail(two));
        third = s.spawn(async (ctx) => {
          await nextTurn();
          ctx.throwIfCancelled();
          return "untouched";
        });
      },
      { onError: "collect" },
    );

    await assert.rejects(running, (error: AggregateError) => error.errors.length === 2);
    assert.equal(await third, "untouched");
  });

  it("[KN-23] reports failures without cancelling or throwing anything", async () => {
    using reported = failures();
    const boom = new Error("boom");

    const result = await scope(
      async (s) => {
        s.spawn(fail(boom));
        await nextTurn();
        return s.context.cancelled;
      },
      { onError: "report" },
    );

    assert.equal(result, false);
    assert.deepEqual(reported.seen, [boom]);
  });

  it("[KN-23] throws the body's own error also when tasks only report theirs", async () => {
    const boom = new Error("body");

    await assert.rejects(scope(fail(boom), { onError: "report" }), boom);
  });

  it("[KN-34] keeps a bounded number of failures and reports the rest", async () => {
    using reported = failures();
    const running = scope(
      (s) => {
        for (let i = 0; i < 130; i++) s.spawn(fail(new Error(String(i))));
      },
      { onError: "collect" },
    );

    await assert.rejects(running, (error: AggregateError) => error.errors.length === 128);
    assert.equal(reported.seen.length, 2);
  });
});

describe("new Scope", () => {
  it("[KN-29] cancels what is left when it is disposed, and waits for it", async () => {
    const steps: string[] = [];
    {
      await using s = new Scope();
      s.spawn(async (ctx) => {
        await forever(ctx).catch(() => undefined);
        await nextTurn();
        steps.push("stopped");
      });
      s.defer(() => void steps.push("released"));
    }

    assert.deepEqual(steps, ["stopped", "released"]);
  });

  it("[KN-29] reports failures that nobody joined, and disposes once", async () => {
    using reported = failures();
    const boom = new Error("boom");
    const s = new Scope();
    let releases = 0;
    s.defer(() => void (releases += 1));
    s.spawn(fail(boom));
    await nextTurn();

    await Promise.all([s[Symbol.asyncDispose](), s[Symbol.asyncDispose]()]);
    await s[Symbol.asyncDispose]();

    assert.deepEqual(reported.seen, [boom]);
    assert.equal(releases, 1);
  });

  it("[KN-21] joins: throws a failure once and stays open", async () => {
    await using s = new Scope(background, { onError: "collect" });
    const boom = new Error("boom");
    s.spawn(fail(boom));
    await assert.rejects(s.join(), boom);

    const task = s.spawn(() => 1);
    await s.join();

    assert.equal(task.state, "done");
  });

  it("[KN-9] leaves nothing in its parent after dispose", async () => {
    const clock = new FakeClock();
    const parent = rootContext({ clock }).cancellable();
    const s = new Scope(parent, { timeout: 1000 });
    let told = 0;
    s.context.onCancel(() => (told += 1));

    await s[Symbol.asyncDispose]();
    parent.cancel();

    assert.equal(clock.pendingTimers, 0);
    assert.equal(told, 1);
    assert.notEqual(s.context.cause, parent.cause);
  });
});

describe("releases", () => {
  it("[KN-28] runs in reverse order after the tasks, each once, also after a failure", async () => {
    const steps: string[] = [];
    const running = scope((s) => {
      s.use({ [Symbol.dispose]: () => void steps.push("disposed") });
      s.defer(async () => {
        await nextTurn();
        steps.push("deferred");
      });
      s.use({ [Symbol.asyncDispose]: () => Promise.resolve().then(() => void steps.push("async disposed")) });
      s.spawn(async () => {
        await nextTurn();
        steps.push("task");
      });
      throw new Error("boom");
    });

    await assert.rejects(running, { message: "boom" });
    assert.deepEqual(steps, ["task", "async disposed", "deferred", "disposed"]);
  });

  it("[KN-28] runs the others when one throws, and hides no failure", async () => {
    const [body, first, second] = [new Error("body"), new Error("first"), new Error("second")];
    const running = scope((s) => {
      s.defer(fail(second));
      s.defer(fail(first));
      throw body;
    });

    await assert.rejects(running, (error: SuppressedError) => {
      assert.equal(error.error, second);
      assert.equal((error.suppressed as SuppressedError).error, first);
      assert.equal((error.suppressed as SuppressedError).suppressed, body);
      return true;
    });
  });

  it("[KN-28] throws the failure of a release from dispose", async () => {
    const s = new Scope();
    s.defer(fail(new Error("release")));

    await assert.rejects(s[Symbol.asyncDispose](), { message: "release" });
  });
});

describe("limit", () => {
  it("[KN-27] never runs more tasks than its limit, and starts them in order", async () => {
    let active = 0;
    let most = 0;
    const started: number[] = [];
    await scope(
      (s) => {
        for (let i = 0; i < 20; i++) {
          s.spawn(async () => {
            started.push(i);
            most = Math.max(most, ++active);
            await nextTurn();
            active -= 1;
          });
        }
      },
      { limit: 3 },
    );

    assert.equal(most, 3);
    assert.deepEqual(started, [...Array(20).keys()]);
  });

  it("[KN-27] refuses one more than its queue holds, and takes more when there is room again", async () => {
    await scope(
      async (s) => {
        const gate = new Channel<void>();
        const first = s.spawn(() => gate.receive());
        s.spawn(() => gate.receive());
        s.spawn(() => gate.receive());
        assert.throws(() => s.spawn(() => 1), { code: "KERNEL_SCOPE_FULL" });
        await gate.send();
        await first;
        await nextTurn();
        s.spawn(() => gate.close());
        await gate.send();
        await gate.send();
      },
      { limit: 1, queue: 2 },
    );
  });

  it("[KN-26] ends a task that waits for a slot without running it, when it is cancelled", async () => {
    let ran = 0;
    const states = await scope(
      async (s) => {
        const holder = s.spawn(forever);
        const waiting = [1, 2, 3].map(() => s.spawn(() => void (ran += 1)));
        waiting[1]?.cancel("not needed");
        assert.equal(waiting[1]?.state, "cancelled");
        assert.equal(waiting[0]?.state, "waiting");
        s.cancel();
        await Promise.allSettled([holder, ...waiting]);
        return waiting.map((task) => task.state);
      },
      { limit: 1 },
    );

    assert.equal(ran, 0);
    assert.deepEqual(states, ["cancelled", "cancelled", "cancelled"]);
  });

  it("[KN-26] cancels a task spawned over the limit of a cancelled scope at once", async () => {
    await using s = new Scope(background, { limit: 1 });
    s.cancel();
    const running = s.spawn(() => nextTurn());
    const late = s.spawn(() => assert.fail("must not run"));

    assert.equal(late.state, "cancelled");
    await assert.rejects(Promise.resolve(late), (error) => isCancelled(error));
    await running;
  });
});

describe("task", () => {
  it("[KN-26] starts its body after spawn has returned", async () => {
    await scope(async (s) => {
      let ran = false;
      const task = s.spawn(() => void (ran = true));
      assert.equal(ran, false);
      assert.equal(task.state, "running");
      await task;
      assert.equal(ran, true);
      assert.equal(task.state, "done");
    });
  });

  it("[KN-26] runs its body though the scope is cancelled already", async () => {
    await using s = new Scope();
    s.cancel();

    const task = s.spawn((ctx) => ctx.cancelled);

    assert.equal(await task, true);
  });

  it("[KN-31] can be awaited before and after its end, more than once, like a promise", async () => {
    await using s = new Scope(background, { onError: "collect" });
    const good = s.spawn(() => Promise.resolve(1));
    const bad = s.spawn(fail(new Error("bad")));
    assert.equal(await good, 1);
    assert.equal(await good.then((n) => n + 1), 2);
    await assert.rejects(Promise.resolve(bad), { message: "bad" });
    assert.equal(await bad.catch(() => "handled"), "handled");
    let finals = 0;
    await good.finally(() => (finals += 1));
    assert.equal(finals, 1);
    assert.equal(bad.state, "failed");
    assert.equal(Object.prototype.toString.call(good), "[object Task]");
    await assert.rejects(s.join());
  });

  it("[KN-35] ends its context with it, so that a live scope keeps nothing of 50 000 tasks", async () => {
    await using s = new Scope();
    assert.equal((await s.spawn((ctx) => ctx)).cancelled, true);
    const churn = async (): Promise<number> => {
      for (let i = 0; i < 50_000; i++) await s.spawn(() => i);
      return heapAfterCollection();
    };
    const before = await churn();

    assert.ok((await churn()) - before < 1_000_000);
  });

  it("[KN-33] is cancelled alone", async () => {
    await scope(async (s) => {
      const [one, two] = [s.spawn(forever), s.spawn(forever)];
      await nextTurn();

      one.cancel("enough");

      await assert.rejects(Promise.resolve(one), (error) => isCancelled(error) && error.cause === "enough");
      assert.equal(two.state, "waiting");
      assert.equal(s.context.cancelled, false);
      two.cancel();
    });
  });

  it("[KN-21] runs its finally blocks when 10 000 of them are cancelled", async () => {
    let finals = 0;
    await scope(async (s) => {
      for (let i = 0; i < 10_000; i++) {
        s.spawn(async (ctx) => {
          try {
            await sleep(1e6, ctx);
          } finally {
            finals += 1;
          }
        });
      }
      await nextTurn();
      s.cancel();
    });

    assert.equal(finals, 10_000);
  });
});
