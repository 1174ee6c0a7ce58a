import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import {
  Backoff,
  type BackoffOptions,
  CancelledError,
  type Context,
  isCancelled,
  KernelError,
  retry,
  RetryError,
  type RetryOptions,
  rootContext,
} from "@barrage/kernel";
import { FakeClock } from "@barrage/testkit";

/** Calls made by a retry whose body fails with these errors, one after the other, and then gives "ok". */
function trial(errors: readonly unknown[], options: RetryOptions, within?: (root: Context) => Context) {
  const clock = new FakeClock();
  const root = rootContext({ clock });
  const calls: number[] = [];
  const result = retry(
    (_, attempt) => {
      calls.push(clock.now());
      if (attempt <= errors.length) throw errors[attempt - 1];
      return "ok";
    },
    { jitter: "none", base: 100, ...options },
    within?.(root) ?? root,
  );
  // Looked at later, when the clock has moved.
  result.catch(() => undefined);
  return { clock, calls, result };
}

const failures = (count: number): Error[] =>
  Array.from({ length: count }, (_, i) => new Error(`no ${i + 1}`));

describe("retry", () => {
  it("[KN-150] calls until it succeeds, and gives that value", async () => {
    const { clock, calls, result } = trial(failures(2), {});

    await clock.advance(1000);

    assert.equal(await result, "ok");
    assert.deepEqual(calls, [0, 100, 300]);
    assert.equal(clock.pendingTimers, 0);
  });

  it("[KN-150] gives up after its attempts, and keeps all causes", async () => {
    for (const attempts of [1, 3]) {
      const errors = failures(attempts);
      const { clock, calls, result } = trial(errors, { attempts, name: "load" });
      await clock.advance(10_000);

      const error = await result.catch((error: unknown) => error);

      assert.ok(error instanceof RetryError);
      assert.deepEqual([error.code, error.cause], ["KERNEL_RETRIES_FAILED", errors.at(-1)]);
      assert.deepEqual(error.errors, errors);
      assert.equal(error.message, `load failed ${attempts} time(s), and no attempts are left`);
      assert.equal(calls.length, attempts);
    }
  });

  it("[KN-150] counts attempts at n - 1, n and n + 1", async () => {
    for (const [count, ends] of [
      [2, "ok"],
      [3, "KERNEL_RETRIES_FAILED"],
      [4, "KERNEL_RETRIES_FAILED"],
    ] as const) {
      const { clock, result } = trial(failures(count), { attempts: 3 });
      await clock.advance(10_000);
      assert.equal(await result.catch((error: KernelError) => error.code), ends);
    }
  });

  it("[KN-152] waits as long as the error asks, also beyond the longest wait", async () => {
    const busy = Object.assign(new Error("busy"), { retryAfterMs: 5000 });
    const impatient = Object.assign(new Error("busy"), { retryAfterMs: 10 });
    const { clock, calls, result } = trial([busy, impatient], { max: 300 });

    await clock.advance(10_000);

    await result;
    assert.deepEqual(calls, [0, 5000, 5200]);
  });

  it("[KN-153] does not begin a wait that ends at or after the deadline", async () => {
    for (const [timeout, called, ends] of [
      [99, [0], "KERNEL_RETRIES_FAILED"],
      [100, [0], "KERNEL_RETRIES_FAILED"],
      [101, [0, 100], "ok"],
    ] as const) {
      const { clock, calls, result } = trial(failures(1), {}, (root) => root.cancellable({ timeout }));
      await clock.advance(100);
      assert.equal(await result.catch((error: KernelError) => error.code), ends);
      assert.deepEqual(calls, called);
    }
    const { result } = trial(failures(1), {}, (root) => root.cancellable({ timeout: 50 }));
    await assert.rejects(result, { message: /and the next attempt would come after the deadline$/ });
  });

  it("[KN-154] throws what is not to be retried as it is", async () => {
    const own = Object.assign(new Error("gone"), { retryable: false });
    const coded = new KernelError("KERNEL_CHANNEL_CLOSED", { name: "jobs" });
    for (const error of [own, coded]) {
      const { calls, result } = trial([error], {});
      await assert.rejects(result, error);
      assert.deepEqual(calls, [0]);
    }
    const [first, second] = failures(2);
    const { clock, result } = trial([first, second], { retryable: (error) => error === first });
    await clock.advance(1000);
    await assert.rejects(result, second ?? new Error("none"));
  });

  it("[KN-154] retries what says that it may be, and what says nothing, whatever was thrown", async () => {
    const full = new KernelError("KERNEL_SCOPE_FULL", { name: "s", queued: 1 });
    const { clock, result } = trial([full, undefined, "text", { retryable: true }], {});

    await clock.advance(10_000);

    assert.equal(await result, "ok");
  });

  it("[KN-155] ends with the cancel error in the middle of a wait", async () => {
    const clock = new FakeClock();
    const ctx = rootContext({ clock }).cancellable();
    let calls = 0;
    const body = (): never => {
      calls += 1;
      throw new Error("no");
    };
    const result = assert.rejects(retry(body, { jitter: "none" }, ctx), isCancelled);
    await clock.advance(50);

    ctx.cancel();

    await result;
    await assert.rejects(retry(body, {}, ctx), isCancelled);
    assert.deepEqual([calls, clock.pendingTimers], [1, 0]);
  });

  it("[KN-155] passes on the cancellation that ended an attempt, and retries one of somebody else", async () => {
    const ctx = rootContext().cancellable();
    const cancelled = retry(
      (own) => {
        ctx.cancel();
        own.throwIfCancelled();
      },
      {},
      ctx,
    );
    await assert.rejects(cancelled, isCancelled);

    const { clock, result } = trial([new CancelledError("other")], { retryable: () => true });
    await clock.advance(1000);
    assert.equal(await result, "ok");
  });

  it("[KN-100] refuses options that make no sense", async () => {
    const bad: RetryOptions[] = [
      { attempts: 0 },
      { attempts: 1.5 },
      { base: -1 },
      { factor: 0.9 },
      { max: NaN },
    ];
    for (const options of [...bad, { base: 10, max: 9 }]) {
      await assert.rejects(
        retry(() => 1, options),
        { code: "KERNEL_INVALID_ARGUMENT" },
      );
    }
  });
});

describe("Backoff", () => {
  const waits = (options: BackoffOptions, count: number): number[] => {
    const backoff = new Backoff(options);
    return Array.from({ length: count }, () => backoff.next());
  };

  it("[KN-151] grows by the factor up to the longest", () => {
    assert.deepEqual(waits({ jitter: "none", base: 100, max: 500 }, 5), [100, 200, 400, 500, 500]);
    assert.deepEqual(waits({ jitter: "none", base: 10, factor: 3 }, 4), [10, 30, 90, 270]);
  });

  it("[KN-151] takes a part of that with full jitter", () => {
    assert.deepEqual(waits({ base: 100, random: () => 0.5 }, 3), [50, 100, 200]);
    assert.deepEqual(waits({ base: 100, random: () => 0 }, 2), [0, 0]);
  });

  it("[KN-151] stays between base and the multiple of the wait before with decorrelated jitter", () => {
    assert.deepEqual(waits({ jitter: "decorrelated", base: 100, random: () => 0.5 }, 3), [200, 350, 575]);
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), { minLength: 1 }),
        (rolls) => {
          const random = rolls[Symbol.iterator]();
          const all = waits(
            { jitter: "decorrelated", base: 50, max: 1000, random: () => random.next().value ?? 0 },
            rolls.length,
          );
          let before = 50;
          for (const wait of all) {
            assert.ok(wait >= 50 && wait <= Math.min(1000, before * 3));
            before = wait;
          }
        },
      ),
    );
  });
});
