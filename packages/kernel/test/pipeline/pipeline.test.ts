import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  background,
  Channel,
  isCancelled,
  liveTaskCount,
  liveTasks,
  nextTurn,
  onTaskFailure,
  type PipelineReport,
  pipeline,
  rootContext,
  sleep,
} from "@barrage/kernel";
import { assertNoLeaks } from "@barrage/kernel/diagnostics";
import { FakeClock } from "@barrage/testkit";

const numbers = (count: number): number[] => [...Array(count).keys()];

/** A sink that keeps what it is given. */
function kept<T>(): { readonly values: T[]; readonly sink: (value: T) => void } {
  const values: T[] = [];
  return { values, sink: (value) => void values.push(value) };
}

describe("pipeline", () => {
  it("[KN-160] delivers each item once, in order, from whatever can be iterated", async () => {
    async function* generated(): AsyncGenerator<number> {
      yield* numbers(5);
    }
    const channel = new Channel<number>(5);
    for (const n of numbers(5)) channel.trySend(n);
    channel.close();

    for (const source of [numbers(5), new Set(numbers(5)), generated(), channel]) {
      const { values, sink } = kept<string>();
      const report = await assertNoLeaks(() =>
        pipeline(source, { onFailure: "stop" })
          .map((n) => n * 2)
          .map((n) => nextTurn().then(() => `${n}`))
          .into(sink),
      );
      assert.deepEqual(values, ["0", "2", "4", "6", "8"]);
      assert.deepEqual(report, { taken: 5, delivered: 5, dropped: {}, abandoned: 0, errors: [] });
    }
    const { values, sink } = kept<string>();
    await pipeline("abc", { onFailure: "stop" }).into(sink);
    assert.deepEqual(values, ["a", "b", "c"]);
  });

  it("[KN-160] sends into a channel, which it leaves open, and can run again", async () => {
    const out = new Channel<number>(4);
    const doubled = pipeline([1, 2], { onFailure: "stop" }).map((n) => n * 2);

    await doubled.into(out);
    await doubled.into(out);

    assert.deepEqual(
      numbers(4).map(() => out.tryReceive()?.value),
      [2, 4, 2, 4],
    );
    assert.equal(out.closed, false);
  });

  it("[KN-161] takes no more from the source than its stages have room for", async () => {
    for (const ordered of [true, false]) {
      let taken = 0;
      function* endless(): Generator<number> {
        for (;;) yield taken++;
      }
      const ctx = background.cancellable();
      const out = new Channel<number>();
      const running = pipeline(endless(), { onFailure: "stop" })
        .map((n) => n, { concurrency: 3, ordered, buffer: 2 })
        .rateLimit({ perSecond: 1e6, burst: 100 })
        .deadline(1e6)
        .map((n) => n)
        .into(out, ctx);
      for (let i = 0; i < 50; i++) await nextTurn();

      // Source 1, map 3 + 2, rate limit 1, deadline 1, map 1, sink 1.
      assert.equal(taken, 10);
      assert.equal((await out.receive()).value, 0);
      for (let i = 0; i < 50; i++) await nextTurn();
      assert.equal(taken, 11);
      ctx.cancel();
      await assert.rejects(running, isCancelled);
    }
  });

  it("[KN-162] works on no more items at once than it may, and on that many", async () => {
    for (const ordered of [true, false]) {
      let running = 0;
      let most = 0;
      const step = async (n: number): Promise<number> => {
        most = Math.max(most, ++running);
        for (let i = 0; i < n % 5; i++) await nextTurn();
        running -= 1;
        return n;
      };
      const { values, sink } = kept<number>();

      await pipeline(numbers(60), { onFailure: "stop" }).map(step, { concurrency: 4, ordered }).into(sink);

      assert.equal(most, 4);
      assert.equal(values.length, 60);
    }
  });

  it("[KN-162] keeps the order though later items are done first, or gives them as they are done", async () => {
    for (const [ordered, expected] of [
      [true, [30, 10, 20]],
      [false, [10, 20, 30]],
    ] as const) {
      const clock = new FakeClock();
      const { values, sink } = kept<number>();
      const running = pipeline([30, 10, 20], { onFailure: "stop" })
        .map((ms, ctx) => sleep(ms, ctx).then(() => ms), { concurrency: 3, ordered })
        .into(sink, rootContext({ clock }));
      await clock.advance(100);
      await running;
      assert.deepEqual(values, expected);
    }
  });

  it("[KN-163] lets a burst through and then keeps the rate", async () => {
    const clock = new FakeClock();
    const at: number[] = [];
    const running = pipeline(numbers(7), { onFailure: "stop" })
      .rateLimit({ perSecond: 10, burst: 3 })
      .into(() => void at.push(clock.now()), rootContext({ clock }));

    await clock.advance(1000);
    await running;

    assert.deepEqual(at, [0, 0, 0, 100, 200, 300, 400]);
    assert.equal(clock.pendingTimers, 0);
  });

  it("[KN-163] has a burst again after a quiet time, and no more than that", async () => {
    const clock = new FakeClock();
    const source = new Channel<number>();
    const at: number[] = [];
    const running = pipeline(source, { onFailure: "stop" })
      .rateLimit({ perSecond: 10, burst: 2 })
      .into(() => void at.push(clock.now()), rootContext({ clock }));
    const sending = (async () => {
      for (const n of numbers(3)) await source.send(n);
      await sleep(10_000, rootContext({ clock }));
      for (const n of numbers(3)) await source.send(n);
      source.close();
    })();

    await clock.advance(11_000);
    await Promise.all([running, sending]);

    assert.deepEqual(at, [0, 0, 100, 10_000, 10_000, 10_100]);
  });

  it("[KN-164] drops an item that is late, cancels its step, and goes on", async () => {
    const clock = new FakeClock();
    const causes: string[] = [];
    const { values, sink } = kept<number>();
    const running = pipeline([50, 150, 99, 100], { onFailure: "drop" })
      .deadline(100)
      .map(async (ms, ctx) => {
        using _ = ctx.onCancel((cause) => causes.push((cause as { code: string }).code));
        await sleep(ms, ctx);
        return ms;
      })
      .into(sink, rootContext({ clock }));

    await clock.advance(1000);

    assert.deepEqual((await running).dropped, { KERNEL_DEADLINE_EXCEEDED: 3 });
    assert.deepEqual(values, [50]);
    assert.ok(causes.every((code) => code === "KERNEL_DEADLINE_EXCEEDED"));
    assert.equal(clock.pendingTimers, 0);
  });

  it("[KN-164] counts the wait in front of a step, and does not call it for a late item", async () => {
    const clock = new FakeClock();
    const called: number[] = [];
    const { values, sink } = kept<number>();
    const running = pipeline(numbers(6), { onFailure: "drop" })
      .deadline(100)
      .map(
        async (n, ctx) => {
          called.push(n);
          // Does not look at its context.
          await sleep(60, ctx.detached());
          return n;
        },
        { concurrency: 1 },
      )
      .map((n) => n)
      .into(sink, rootContext({ clock }));

    await clock.advance(1000);
    const report = await running;

    assert.equal(report.taken, report.delivered + (report.dropped["KERNEL_DEADLINE_EXCEEDED"] ?? 0));
    assert.equal(values.length, report.delivered);
    assert.ok(values.length > 0 && values.length < 6);
    assert.equal(values.includes(1), false);
  });

  it("[KN-164] spends no rate on an item that could not be let through in time", async () => {
    const clock = new FakeClock();
    const source = new Channel<number>(10);
    for (const n of numbers(5)) source.trySend(n);
    const { values, sink } = kept<number>();
    const running = pipeline(source, { onFailure: "drop" })
      .deadline(50)
      .rateLimit({ perSecond: 10 })
      .into(sink, rootContext({ clock }));

    await clock.advance(100);
    source.trySend(9);
    source.close();
    await clock.advance(0);

    assert.deepEqual((await running).dropped, { KERNEL_DEADLINE_EXCEEDED: 4 });
    assert.deepEqual(values, [0, 9]);
  });

  it("[KN-165] stops at the first failure, of a step or of the sink", async () => {
    const bad = new Error("bad");
    for (const concurrency of [1, 4]) {
      const { values, sink } = kept<number>();
      const running = pipeline(numbers(100), { onFailure: "stop" })
        .map((n) => (n === 10 ? Promise.reject(bad) : n), { concurrency })
        .into(sink);
      await assert.rejects(running, bad);
      assert.ok(values.length <= 10);
    }
    const sink = (): never => {
      throw bad;
    };
    await assert.rejects(pipeline([1], { onFailure: "stop" }).into(sink), bad);
    assert.equal(liveTaskCount(), 0);
  });

  it("[KN-165] goes on without what failed, counts it by code, and keeps errors when told to", async () => {
    const failing = (n: number): number => {
      if (n % 3 === 0) throw Object.assign(new Error("coded"), { code: "E_THREE" });
      if (n % 5 === 0) throw new Error("plain");
      return n;
    };
    for (const onFailure of ["collect", "drop"] as const) {
      const { values, sink } = kept<number>();
      const report = await pipeline(numbers(300), { onFailure }).map(failing, { concurrency: 4 }).into(sink);
      assert.deepEqual(report.dropped, { E_THREE: 100, failed: 40 });
      assert.deepEqual([report.taken, report.delivered, values.length], [300, 160, 160]);
      assert.equal(report.errors.length, onFailure === "collect" ? 128 : 0);
    }
  });

  it("[KN-165] counts at most 64 codes apart", async () => {
    const report = await pipeline(numbers(70), { onFailure: "drop" }).into((n) => {
      throw Object.assign(new Error("x"), { code: `E_${n}` });
    });

    assert.equal(Object.keys(report.dropped).length, 65);
    assert.equal(report.dropped["other"], 6);
  });

  it("[KN-165] ends with the failure of its source", async () => {
    function* broken(): Generator<number> {
      yield 1;
      throw new Error("source");
    }

    await assert.rejects(pipeline(broken(), { onFailure: "drop" }).into(kept().sink), { message: "source" });
  });

  it("[KN-166] is cancelled from outside, tells of its end, and accounts for every item", async () => {
    const ctx = background.cancellable();
    let ended: PipelineReport | undefined;
    const running = pipeline(numbers(100), { onFailure: "drop", onEnd: (report) => (ended = report) })
      .map((n) => nextTurn().then(() => n), { concurrency: 4 })
      .map((n) => (n % 2 === 0 ? n : Promise.reject(new Error("odd"))))
      .into(async (n) => {
        await nextTurn();
        if (n === 20) ctx.cancel();
      }, ctx);

    await assert.rejects(running, isCancelled);

    assert.ok(ended !== undefined && ended.abandoned > 0);
    assert.equal(ended.taken, ended.delivered + (ended.dropped["failed"] ?? 0) + ended.abandoned);
    assert.equal(liveTaskCount(), 0);
  });

  it("[KN-167] names its tasks", async () => {
    const ctx = background.cancellable();
    const running = pipeline(new Channel<number>(), { name: "ingest", onFailure: "stop" })
      .map((n) => n, { name: "decode", concurrency: 2 })
      .rateLimit({ perSecond: 1 })
      .deadline(10)
      .into(new Channel<number>(), ctx);
    await nextTurn();

    const names = liveTasks().map(({ name }) => name);

    assert.deepEqual(names.toSorted(), [
      "ingest/deadline",
      "ingest/decode",
      "ingest/decode intake",
      "ingest/rate limit",
      "ingest/sink",
      "ingest/source",
    ]);
    ctx.cancel();
    await assert.rejects(running, isCancelled);
  });

  it("[KN-167] leaves a source that gives nothing more when it is cancelled, and tells it", async () => {
    const ctx = background.cancellable();
    let left = 0;
    const source: AsyncIterable<number> = {
      [Symbol.asyncIterator]: () => ({
        next: () => Promise.withResolvers<IteratorResult<number>>().promise,
        return: () => {
          left += 1;
          return Promise.resolve({ done: true, value: undefined });
        },
      }),
    };
    const running = pipeline(source, { onFailure: "stop" }).into(kept().sink, ctx);
    await nextTurn();

    ctx.cancel();

    await assert.rejects(running, isCancelled);
    assert.equal(left, 1);
  });

  it("[KN-167] reports a source that fails at being left", async () => {
    const failures: unknown[] = [];
    using _ = onTaskFailure(({ error }) => failures.push(error));
    const source: AsyncIterable<number> = {
      [Symbol.asyncIterator]: () => ({
        next: () => Promise.resolve({ done: false, value: 1 }),
        return: () => Promise.reject(new Error("return")),
      }),
    };
    const sink = (): never => {
      throw new Error("sink");
    };

    await assert.rejects(pipeline(source, { onFailure: "stop" }).into(sink), { message: "sink" });
    await nextTurn();

    assert.deepEqual(
      failures.map((error) => (error as Error).message),
      ["return"],
    );
  });

  it("[KN-100] refuses numbers that make no sense, when it is built", () => {
    const start = pipeline([1], { onFailure: "stop" });
    const same = (n: number): number => n;
    for (const build of [
      () => start.map(same, { concurrency: 0 }),
      () => start.map(same, { buffer: -1 }),
      () => start.rateLimit({ perSecond: 0 }),
      () => start.rateLimit({ perSecond: Infinity }),
      () => start.rateLimit({ perSecond: 1, burst: 0 }),
      () => start.deadline(-1),
      () => start.deadline(NaN),
    ]) {
      assert.throws(build, { code: "KERNEL_INVALID_ARGUMENT" });
    }
  });
});
