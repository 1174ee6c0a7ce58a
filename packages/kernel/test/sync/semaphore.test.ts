import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { background, isCancelled, Mutex, nextTurn, rootContext, scope, Semaphore } from "@barrage/kernel";
import { FakeClock } from "@barrage/testkit";

/** Notes when a request is granted. */
function request(semaphore: Semaphore, count: number, granted: number[]): Promise<Disposable> {
  return semaphore.acquire(count).then((permit) => {
    granted.push(count);
    return permit;
  });
}

describe("Semaphore", () => {
  it("[KN-50] never has more permits out than there are", async () => {
    const semaphore = new Semaphore(3);
    let out = 0;
    let most = 0;
    await scope((s) => {
      for (let i = 0; i < 50; i++) {
        s.spawn(async (ctx) => {
          const count = (i % 3) + 1;
          using _ = await semaphore.acquire(count, ctx);
          most = Math.max(most, (out += count));
          await nextTurn();
          out -= count;
        });
      }
    });

    assert.equal(most, 3);
    assert.equal(semaphore.available, 3);
  });

  it("[KN-50] has room for exactly its permits", () => {
    const semaphore = new Semaphore(2);

    assert.equal(semaphore.tryAcquire(3), undefined);
    assert.notEqual(semaphore.tryAcquire(2), undefined);
    assert.equal(semaphore.tryAcquire(1), undefined);
  });

  it("[KN-51] does not let small requests overtake a large one", async () => {
    const semaphore = new Semaphore(3);
    const held = semaphore.tryAcquire(1);
    const granted: number[] = [];
    const large = request(semaphore, 3, granted);
    const small = request(semaphore, 1, granted);

    assert.equal(semaphore.tryAcquire(1), undefined);
    await nextTurn();
    assert.deepEqual(granted, []);
    held?.[Symbol.dispose]();
    (await large)[Symbol.dispose]();
    await small;

    assert.deepEqual(granted, [3, 1]);
  });

  it("[KN-52] lets those behind a cancelled large request pass", async () => {
    const semaphore = new Semaphore(3);
    using _held = semaphore.tryAcquire(2);
    const ctx = background.cancellable();
    const large = assert.rejects(semaphore.acquire(3, ctx), isCancelled);
    const small = semaphore.acquire(1);

    ctx.cancel();

    await large;
    (await small)[Symbol.dispose]();
    assert.equal(semaphore.available, 1);
  });

  it("[KN-52] takes nothing when its context is cancelled already", async () => {
    const ctx = background.cancellable();
    ctx.cancel();
    const semaphore = new Semaphore(1);

    await assert.rejects(semaphore.acquire(1, ctx), isCancelled);

    assert.equal(semaphore.available, 1);
  });

  it("[KN-52] loses no permit when requests are cancelled at any step", async () => {
    const holder = fc.record({
      count: fc.integer({ min: 1, max: 4 }),
      hold: fc.nat(6),
      cancelAt: fc.nat(30),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(holder, { maxLength: 12 }), async (holders) => {
        const semaphore = new Semaphore(4);
        let out = 0;
        await Promise.all(
          holders.map(async ({ count, hold, cancelAt }) => {
            const ctx = background.cancellable();
            const cancelling = (async () => {
              for (let i = 0; i < cancelAt; i++) await Promise.resolve();
              ctx.cancel();
            })();
            try {
              using _ = await semaphore.acquire(count, ctx);
              assert.ok((out += count) <= 4);
              for (let i = 0; i < hold; i++) await Promise.resolve();
              out -= count;
            } catch (error) {
              assert.ok(isCancelled(error));
            }
            await cancelling;
          }),
        );
        assert.equal(semaphore.available, 4);
        assert.notEqual(semaphore.tryAcquire(4), undefined);
      }),
      { numRuns: 500 },
    );
  });

  it("[KN-53] takes a permit back once", () => {
    const semaphore = new Semaphore(2);
    const one = semaphore.tryAcquire();
    semaphore.tryAcquire();

    one?.[Symbol.dispose]();
    one?.[Symbol.dispose]();

    assert.equal(semaphore.available, 1);
  });

  it("[KN-54] refuses a request that can never be granted, and blocks nobody by it", async () => {
    const semaphore = new Semaphore(2);

    await assert.rejects(semaphore.acquire(3), {
      code: "KERNEL_PERMITS_TOO_MANY",
      message: "3 permits were asked of a semaphore that has 2",
    });

    (await semaphore.acquire(2))[Symbol.dispose]();
  });

  it("[KN-55] grants what fits when there are more", async () => {
    const semaphore = new Semaphore(1);
    semaphore.tryAcquire();
    const waiting = semaphore.acquire();

    semaphore.resize(2);

    await waiting;
    assert.equal(semaphore.available, 0);
  });

  it("[KN-55] with fewer grants none until enough came back, and refuses what is now too large", async () => {
    const semaphore = new Semaphore(4);
    const [one, two] = [semaphore.tryAcquire(2), semaphore.tryAcquire(2)];
    const tooLarge = assert.rejects(semaphore.acquire(3), { code: "KERNEL_PERMITS_TOO_MANY" });
    const granted: number[] = [];
    const fits = request(semaphore, 1, granted);

    semaphore.resize(2);
    one?.[Symbol.dispose]();
    await tooLarge;
    await nextTurn();
    assert.deepEqual([granted.length, semaphore.available], [0, 0]);

    two?.[Symbol.dispose]();
    await fits;
    assert.equal(semaphore.available, 1);
  });

  it("[KN-57] waits no longer than its deadline, and leaves its place", async () => {
    const clock = new FakeClock();
    const semaphore = new Semaphore(2);
    const held = semaphore.tryAcquire(1);
    const late = assert.rejects(semaphore.acquire(2, rootContext({ clock }).cancellable({ timeout: 100 })), {
      code: "KERNEL_DEADLINE_EXCEEDED",
    });
    const granted: number[] = [];
    const behind = request(semaphore, 1, granted);

    await clock.advance(99);
    assert.deepEqual(granted, []);
    await clock.advance(1);

    await Promise.all([late, behind]);
    held?.[Symbol.dispose]();
    assert.deepEqual([semaphore.available, clock.pendingTimers], [1, 0]);
  });

  it("[KN-57] never grants to a context that was cancelled before, though permits are free", async () => {
    const ctx = background.cancellable({ timeout: 0 });
    const semaphore = new Semaphore(1);
    const mutex = new Mutex();

    await assert.rejects(semaphore.acquire(1, ctx), { code: "KERNEL_DEADLINE_EXCEEDED" });
    await assert.rejects(mutex.lock(ctx), { code: "KERNEL_DEADLINE_EXCEEDED" });

    assert.deepEqual([semaphore.available, mutex.locked], [1, false]);
  });

  it("[KN-100] refuses numbers that are no counts", async () => {
    const invalid = { code: "KERNEL_INVALID_ARGUMENT" };
    for (const permits of [-1, 1.5, NaN]) assert.throws(() => new Semaphore(permits), invalid);
    const semaphore = new Semaphore(0);
    for (const count of [0, -1, 0.5]) {
      assert.throws(() => semaphore.tryAcquire(count), invalid);
      await assert.rejects(semaphore.acquire(count), invalid);
    }
    assert.throws(() => semaphore.resize(-1), invalid);
  });
});

describe("Mutex", () => {
  it("[KN-56] has one holder at a time, in the order they came", async () => {
    const mutex = new Mutex();
    const order: number[] = [];
    let holders = 0;
    await scope((s) => {
      for (let i = 0; i < 5; i++) {
        s.spawn(async (ctx) => {
          using _ = await mutex.lock(ctx);
          assert.equal(++holders, 1);
          assert.equal(mutex.tryLock(), undefined);
          await nextTurn();
          order.push(i);
          holders -= 1;
        });
      }
    });

    assert.equal(mutex.locked, false);
    assert.deepEqual(order, [0, 1, 2, 3, 4]);
  });
});
