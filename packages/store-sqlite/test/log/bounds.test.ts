import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { background } from "@barrage/kernel";
import { assertNoLeaks } from "@barrage/kernel/diagnostics";
import { danmaku } from "@barrage/testkit";
import { because } from "../support/causes.ts";
import { temporaryStore } from "../support/temporary-store.ts";

const ctx = background;
const request = (id: string) => ({ room: "a", entry: danmaku(id) });
const key = (id: string) => ({ scope: "a\nu1", id, bodyHash: "h" });

/** Lets everything run that needs no answer from outside: what is posted stays unanswered. */
async function microtasks(): Promise<void> {
  for (let i = 0; i < 100; i++) await Promise.resolve();
}

describe("SqliteLog, its bounds", () => {
  it("[LG-12] refuses one append too many, and takes appends again when the group is answered", async () => {
    await using made = await temporaryStore({ maxAppends: 3 });
    const { log } = made.store;

    const outcomes = await Promise.allSettled(
      ["d1", "d2", "d3", "d4"].map((id) => log.append(request(id), ctx)),
    );

    assert.deepEqual(
      outcomes.map(({ status }) => status),
      ["fulfilled", "fulfilled", "fulfilled", "rejected"],
    );
    assert.equal((outcomes[3] as PromiseRejectedResult).reason.code, "BARRAGE_OVERLOADED");
    assert.equal(log.stats.queued, 0);
    assert.equal((await log.append(request("d5"), ctx)).status, "appended");
    assert.deepEqual(
      (await log.read(0, 9, ctx)).map(({ entry }) => entry.id),
      ["d1", "d2", "d3", "d5"],
    );
  });

  it("[LG-12] refuses one held danmaku too many, writes no key for it, and has room again after one is dismissed", async () => {
    await using made = await temporaryStore({ heldMax: 2 });
    const { log } = made.store;
    const hold = (id: string) => log.hold({ room: "a", entry: danmaku(id), matched: [] }, key(id), ctx);
    await hold("d1");
    await hold("d2");

    await assert.rejects(hold("d3"), { code: "BARRAGE_OVERLOADED" });
    assert.equal(await log.lookup(key("d3"), ctx), undefined);
    await log.dismiss("a", "d1", ctx);

    assert.deepEqual(await hold("d3"), { status: "held", id: "d3" });
  });

  it("[LG-12] refuses calls over the thread's bound and answers the others", async () => {
    await using made = await temporaryStore();
    const { log, archive } = made.store;

    const reads = await Promise.allSettled(Array.from({ length: 257 }, () => log.read(0, 1, ctx)));
    const finds = await Promise.allSettled(Array.from({ length: 257 }, () => archive.find("a", "d", ctx)));

    for (const all of [reads, finds]) {
      assert.equal(all.filter(({ status }) => status === "fulfilled").length, 256);
      assert.equal((all[256] as PromiseRejectedResult).reason.code, "BARRAGE_OVERLOADED");
      assert.equal((all[256] as PromiseRejectedResult).reason.cause.code, "STORE_BUSY");
    }
    assert.equal(log.stats.failed, undefined);
  });

  it("[LG-13] does not write an append that is cancelled before it was sent", async () => {
    await using made = await temporaryStore();
    const { log } = made.store;
    using own = ctx.cancellable();

    const before = log.append(request("d1"), ctx);
    const cancelled = log.append(request("d2"), own);
    own.cancel();
    const after = log.append(request("d3"), ctx);

    await assert.rejects(cancelled, { code: "KERNEL_CANCELLED" });
    await Promise.all([before, after]);
    assert.deepEqual(
      (await log.read(0, 9, ctx)).map(({ entry }) => entry.id),
      ["d1", "d3"],
    );
    assert.equal(log.stats.appended, 2);
  });

  it("[LG-13] fails an append that is cancelled after it was sent; its key tells that it was written", async () => {
    await using made = await temporaryStore();
    const { log } = made.store;
    using own = ctx.cancellable();

    const cancelled = log.append({ ...request("d1"), key: key("m1") }, own);
    await microtasks();
    own.cancel();

    await assert.rejects(cancelled, { code: "KERNEL_CANCELLED" });
    assert.deepEqual(await log.lookup(key("m1"), ctx), { status: "repeated", id: "d1", seq: 1 });
  });

  it("[LG-15] a follower that overflows its buffer reads on from the disk", async () => {
    await using made = await temporaryStore({ followerMax: 4 });
    const { log } = made.store;
    await log.append(request("d0"), ctx);
    const slow = log.follow(0, ctx)[Symbol.asyncIterator]();
    const got = [...(await slow.next()).value!];

    for (let i = 1; i <= 20; i++) await log.append(request(`d${i}`), ctx);
    while (got.length < 21) got.push(...(await slow.next()).value!);
    await slow.return?.();

    assert.deepEqual(got, await log.read(0, 99, ctx));
  });

  it("[LG-19] answers everything that waits when it is closed, leaves no task, and refuses what comes later", async () => {
    await assertNoLeaks(async () => {
      await using made = await temporaryStore({ maxGroup: 10 });
      const { log } = made.store;
      const appending = Array.from({ length: 95 }, (_, i) => log.append(request(`d${i}`), ctx));
      const following = log.follow(0, ctx)[Symbol.asyncIterator]();
      const first = following.next();

      await made.store.close();

      const outcomes = await Promise.all(appending);
      assert.equal(
        outcomes.every(({ status }) => status === "appended"),
        true,
      );
      assert.deepEqual([log.stats.queued, log.stats.groups], [0, 10]);
      await assert.rejects(log.append(request("late"), ctx), { code: "BARRAGE_DRAINING" });
      await assert.rejects(log.read(0, 1, ctx), { code: "BARRAGE_DRAINING" });
      await assert.rejects(made.store.audit.list("a", 1, ctx), because("BARRAGE_DRAINING", "STORE_CLOSED"));
      await first;
      await assert.rejects(
        async () => {
          for (;;) await following.next();
        },
        { code: "BARRAGE_DRAINING" },
      );
      await made.store.close();
      const opened = await made.reopen();
      assert.equal((await opened.log.read(0, 999, ctx)).length, 95);
    });
  });

  it("[LG-30] the appending connection is set to FULL on a write-ahead log", async () => {
    await using made = await temporaryStore();

    assert.deepEqual(await made.store.log.settings(ctx), {
      synchronous: 2,
      journalMode: "wal",
      secureDelete: 1,
      autoVacuum: 2,
    });
  });

  it("[LG-30] commits what gathered meanwhile as one group", async () => {
    await using made = await temporaryStore();
    const { log } = made.store;

    await Promise.all(Array.from({ length: 500 }, (_, i) => log.append(request(`d${i}`), ctx)));

    assert.deepEqual([log.stats.appended, log.stats.groups <= 2], [500, true]);
  });
});
