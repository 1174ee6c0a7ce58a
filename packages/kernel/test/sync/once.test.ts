import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  background,
  Channel,
  type Context,
  isCancelled,
  nextTurn,
  Once,
  onceValue,
  onTaskFailure,
  Scope,
} from "@barrage/kernel";

describe("onceValue", () => {
  it("[KN-130] computes once for all who call, before and after", async () => {
    let runs = 0;
    const value = onceValue(async () => {
      await nextTurn();
      return { run: ++runs };
    });

    const [a, b] = await Promise.all([value(), value()]);

    assert.equal(a, b);
    assert.equal(await value(), a);
    assert.equal(runs, 1);
  });

  it("[KN-131] gives a failure to all, and does not run again", async () => {
    let runs = 0;
    const bad = new Error("bad");
    const value = onceValue(() => {
      runs += 1;
      throw bad;
    });

    const all = await Promise.allSettled([value(), value()]);

    assert.deepEqual(
      all.map((one) => one.status === "rejected" && one.reason === bad),
      [true, true],
    );
    await assert.rejects(value(), bad);
    assert.equal(runs, 1);
  });

  it("[KN-132] runs again after a failure when it may, and never after success", async () => {
    let runs = 0;
    const value = onceValue(
      () => {
        runs += 1;
        if (runs < 3) throw new Error(`run ${runs}`);
        return runs;
      },
      { retry: true },
    );

    for (const run of [1, 2]) {
      const pair = await Promise.allSettled([value(), value()]);
      assert.deepEqual(
        pair.map((one) => one.status === "rejected" && (one.reason as Error).message),
        [`run ${run}`, `run ${run}`],
      );
    }

    assert.deepEqual([await value(), await value(), runs], [3, 3, 3]);
  });

  it("[KN-133] goes on when the caller who was first is cancelled", async () => {
    const gate = new Channel<number>();
    let seen: Context | undefined;
    const value = onceValue(async (ctx) => {
      seen = ctx;
      return (await gate.receive(ctx)).value;
    });
    const ctx = background.cancellable();
    const first = assert.rejects(value(ctx), isCancelled);
    const second = value();

    ctx.cancel();
    await first;
    await gate.send(7);

    assert.equal(await second, 7);
    await assert.rejects(value(ctx), isCancelled);
    assert.equal(await value(background), 7);
    assert.notEqual(seen, ctx);
  });

  it("[KN-133] is cancelled with the scope that owns it, whose failure it is not", async () => {
    const owner = new Scope();
    const bad = new Error("bad");
    await assert.rejects(onceValue(() => Promise.reject(bad), { scope: owner })(), bad);
    await owner.join();
    const value = onceValue((ctx) => new Channel().receive(ctx), { scope: owner });
    const waiting = assert.rejects(value(), isCancelled);
    await nextTurn();

    await owner[Symbol.asyncDispose]();

    await waiting;
  });

  it("[KN-133] may be called again when its scope refused the run", async () => {
    const full = new Scope(background, { limit: 1, queue: 0 });
    const busy = full.spawn((ctx) => new Channel().receive(ctx));
    const value = onceValue(() => 1, { scope: full });
    await assert.rejects(value(), { code: "KERNEL_SCOPE_FULL" });

    busy.cancel();
    await busy.catch(() => undefined);

    assert.equal(await value(), 1);
    await full[Symbol.asyncDispose]();
  });

  it("[KN-133] gives the cancellation to its callers when it never got to run", async () => {
    const owner = new Scope(background, { limit: 1, queue: 1 });
    owner.spawn((ctx) => new Channel().receive(ctx));
    const waiting = assert.rejects(onceValue(() => 1, { scope: owner })(), isCancelled);

    await owner[Symbol.asyncDispose]();

    await waiting;
  });

  it("[KN-134] reports a failure nobody waits for", async () => {
    const failures: unknown[] = [];
    using _ = onTaskFailure(({ error, name }) => failures.push([name, error]));
    const gate = new Channel<Error>();
    const value = onceValue(
      async (ctx) => {
        throw (await gate.receive(ctx)).value ?? new Error("closed");
      },
      { name: "config" },
    );
    const ctx = background.cancellable();
    const gone = assert.rejects(value(ctx), isCancelled);
    ctx.cancel();
    await gone;

    const bad = new Error("bad");
    await gate.send(bad);
    await nextTurn();

    assert.deepEqual(failures, [["config", bad]]);
    await assert.rejects(value(), bad);
  });
});

describe("Once", () => {
  it("[KN-130] runs the body of the first call only, and all wait for its end", async () => {
    const once = new Once();
    const steps: string[] = [];
    const body = (name: string) => async (): Promise<void> => {
      await nextTurn();
      steps.push(name);
    };

    assert.equal(once.state, "new");
    const both = [once.do(body("a")), once.do(body("b"), background)];
    assert.equal(once.state, "running");
    await Promise.all(both);
    await once.do(body("c"));

    assert.deepEqual(steps, ["a"]);
    assert.equal(once.state, "done");
  });

  it("[KN-131] is done after a failure, which later callers get as well", async () => {
    const once = new Once();
    const bad = new Error("bad");
    await assert.rejects(
      once.do(() => Promise.reject(bad)),
      bad,
    );

    await assert.rejects(
      once.do(() => assert.fail("ran twice")),
      bad,
    );

    assert.equal(once.state, "failed");
  });
});
