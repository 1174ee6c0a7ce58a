import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { background, isCancelled, liveTasks, nextTurn, RWMutex, Scope } from "@barrage/kernel";

/** Asks for a lock and notes when it is granted. */
function ask(mutex: RWMutex, kind: "r" | "w", name: string, granted: string[]): Promise<Disposable> {
  return (kind === "w" ? mutex.lock() : mutex.readLock()).then((guard) => {
    granted.push(name);
    return guard;
  });
}

describe("RWMutex", () => {
  it("[KN-111] lets several read at once, and keeps a writer out until all have ended", async () => {
    const mutex = new RWMutex();
    const [one, two] = [await mutex.readLock(), await mutex.readLock()];
    const granted: string[] = [];
    const writer = ask(mutex, "w", "w", granted);

    assert.equal(mutex.readers, 2);
    one[Symbol.dispose]();
    one[Symbol.dispose]();
    await nextTurn();
    assert.deepEqual([granted.length, mutex.readers, mutex.writing], [0, 1, false]);
    two[Symbol.dispose]();
    const guard = await writer;
    assert.equal(mutex.writing, true);
    guard[Symbol.dispose]();
    guard[Symbol.dispose]();

    assert.deepEqual([mutex.readers, mutex.writing], [0, false]);
  });

  it("[KN-112] holds new readers back behind a waiting writer, and lets them in before the next one", async () => {
    const mutex = new RWMutex();
    const first = await mutex.readLock();
    const granted: string[] = [];
    const w1 = ask(mutex, "w", "w1", granted);
    const r1 = ask(mutex, "r", "r1", granted);
    const w2 = ask(mutex, "w", "w2", granted);
    const r2 = ask(mutex, "r", "r2", granted);

    await nextTurn();
    assert.deepEqual(granted, []);
    first[Symbol.dispose]();
    (await w1)[Symbol.dispose]();
    const readers = [await r1, await r2];
    await nextTurn();
    assert.deepEqual(granted, ["w1", "r1", "r2"]);
    for (const reader of readers) reader[Symbol.dispose]();
    await w2;

    assert.deepEqual(granted, ["w1", "r1", "r2", "w2"]);
  });

  it("[KN-112] starves neither side under a steady stream of both", async () => {
    const mutex = new RWMutex();
    const counts = { r: 0, w: 0 };
    const loop = async (kind: "r" | "w"): Promise<void> => {
      while (counts.r < 2000 && counts.w < 2000) {
        using _ = await (kind === "r" ? mutex.readLock() : mutex.lock());
        counts[kind] += 1;
        await Promise.resolve();
      }
    };

    await Promise.all([loop("r"), loop("r"), loop("r"), loop("w"), loop("w")]);

    assert.ok(Math.min(counts.r, counts.w) > 500, JSON.stringify(counts));
  });

  it("[KN-113] lets readers in when the writer they waited behind gives up", async () => {
    const mutex = new RWMutex();
    using _first = await mutex.readLock();
    const ctx = background.cancellable();
    const writer = assert.rejects(mutex.lock(ctx), isCancelled);
    const reader = mutex.readLock();

    ctx.cancel();

    await writer;
    (await reader)[Symbol.dispose]();
    await assert.rejects(mutex.lock(ctx), isCancelled);
    await assert.rejects(mutex.readLock(ctx), isCancelled);
    assert.equal(mutex.readers, 1);
  });

  it("[KN-113] keeps readers waiting when a writer gives up while another one writes or waits", async () => {
    const mutex = new RWMutex();
    const writing = await mutex.lock();
    const ctx = background.cancellable();
    const gone = assert.rejects(mutex.lock(ctx), isCancelled);
    const granted: string[] = [];
    const reader = ask(mutex, "r", "r", granted);

    ctx.cancel();
    await gone;
    await nextTurn();
    assert.deepEqual(granted, []);

    writing[Symbol.dispose]();
    await reader;
    assert.equal(mutex.readers, 1);
  });

  it("[KN-110][KN-113] never has a writer beside anybody, and frees all, when cancelled at any step", async () => {
    const holder = fc.record({
      write: fc.boolean(),
      start: fc.nat(20),
      hold: fc.nat(6),
      cancelAt: fc.nat(60),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(holder, { maxLength: 14 }), async (holders) => {
        const mutex = new RWMutex();
        const inside = { readers: 0, writers: 0 };
        await Promise.all(
          holders.map(async ({ write, start, hold, cancelAt }) => {
            const ctx = background.cancellable();
            const side = write ? "writers" : "readers";
            const cancelling = (async () => {
              for (let i = 0; i < cancelAt; i++) await Promise.resolve();
              ctx.cancel();
            })();
            try {
              for (let i = 0; i < start; i++) await Promise.resolve();
              using _ = await (write ? mutex.lock(ctx) : mutex.readLock(ctx));
              inside[side] += 1;
              assert.ok(inside.writers === 0 || (inside.writers === 1 && inside.readers === 0));
              for (let i = 0; i < hold; i++) await Promise.resolve();
              inside[side] -= 1;
            } catch (error) {
              assert.ok(isCancelled(error), String(error));
            }
            await cancelling;
          }),
        );
        assert.deepEqual([mutex.readers, mutex.writing], [0, false]);
        assert.notEqual(mutex.tryLock(), undefined);
      }),
      { numRuns: 500 },
    );
  });

  it("[KN-114] gives nothing where it would have to wait", async () => {
    const mutex = new RWMutex();
    const reading = mutex.tryReadLock();
    assert.equal(mutex.tryLock(), undefined);
    const writer = mutex.lock();
    assert.equal(mutex.tryReadLock(), undefined);

    reading?.[Symbol.dispose]();
    const writing = await writer;

    assert.deepEqual([mutex.tryLock(), mutex.tryReadLock()], [undefined, undefined]);
    writing[Symbol.dispose]();
    assert.notEqual(mutex.tryReadLock(), undefined);
  });

  it("[KN-91] shows what a task waits for", async () => {
    const mutex = new RWMutex({ name: "book" });
    const held = await mutex.lock();
    await using owner = new Scope(background, { name: "library" });
    owner.spawn((ctx) => mutex.lock(ctx), { name: "author" });
    owner.spawn((ctx) => mutex.readLock(ctx), { name: "reader" });
    await nextTurn();

    const waits = liveTasks().filter(({ scope }) => scope === "library");

    assert.deepEqual(
      waits.map(({ waiting }) => waiting),
      ["lock book", "read lock book"],
    );
    held[Symbol.dispose]();
  });
});
