import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { IdempotencyKey } from "@barrage/engine";
import type { HeldStore, KeyStore } from "@barrage/cluster";
import { rootContext } from "@barrage/kernel";
import type { Context } from "@barrage/kernel";
import { author, danmaku, FakeClock } from "@barrage/testkit";

export interface KeysUnderTest extends AsyncDisposable {
  readonly keys: KeyStore;
}

const LEASE_MS = 1_000;
const key = (id: string, bodyHash = "hash", scope = "room\nu1"): IdempotencyKey => ({ scope, id, bodyHash });
const conflict = { code: "BARRAGE_IDEMPOTENCY_CONFLICT" };

/** `ctx` carries the clock that leases are measured with. */
export function keysContract(name: string, make: (ctx: Context) => Promise<KeysUnderTest>): void {
  const start = async () => {
    const clock = new FakeClock();
    const ctx = rootContext({ clock });
    const made = await make(ctx);
    const claim = (id: string, of: IdempotencyKey = key("k")) => made.keys.claim(of, id, LEASE_MS, ctx);
    return {
      keys: made.keys,
      claim,
      clock,
      ctx,
      [Symbol.asyncDispose]: () => made[Symbol.asyncDispose](),
    };
  };

  describe(`${name} as a store of idempotency keys`, () => {
    it("[RD-32] a key is claimed once; whoever comes meanwhile waits", async () => {
      await using run = await start();

      assert.deepEqual(await run.claim("first"), { status: "claimed", id: "first" });
      assert.deepEqual(await run.claim("second"), { status: "pending" });
      assert.deepEqual(await run.claim("other", key("k2")), { status: "claimed", id: "other" });
      assert.deepEqual(await run.claim("theirs", key("k", "hash", "room\nu2")), {
        status: "claimed",
        id: "theirs",
      });
    });

    it("[RD-32] a claim whose lease has ended is taken over with its first id", async () => {
      await using run = await start();
      await run.claim("first");

      await run.clock.advance(LEASE_MS - 1);
      assert.deepEqual(await run.claim("second"), { status: "pending" });
      await run.clock.advance(1);
      assert.deepEqual(await run.claim("third"), { status: "claimed", id: "first" });
      assert.deepEqual(await run.claim("fourth"), { status: "pending" });
    });

    it("[RD-32] what is settled is everybody's answer, also when it was settled late", async () => {
      await using run = await start();
      await run.claim("first");
      const outcome = { status: "appended", id: "first", seq: 2 ** 52 } as const;

      await run.keys.settle(key("k"), outcome, run.ctx);

      assert.deepEqual(await run.claim("second"), { status: "settled", outcome });
      assert.deepEqual(await run.keys.lookup(key("k"), run.ctx), outcome);
      await run.clock.advance(LEASE_MS * 10);
      assert.deepEqual(await run.claim("third"), { status: "settled", outcome });
    });

    it("[RD-32] what was held is answered held, and then with the seq of its release", async () => {
      await using run = await start();
      await run.claim("first");

      await run.keys.settle(key("k"), { status: "held", id: "first" }, run.ctx);
      assert.deepEqual(await run.keys.lookup(key("k"), run.ctx), { status: "held", id: "first" });
      await run.keys.settle(key("k"), { status: "appended", id: "first", seq: 7 }, run.ctx);

      assert.deepEqual(await run.keys.lookup(key("k"), run.ctx), {
        status: "appended",
        id: "first",
        seq: 7,
      });
    });

    it("[RD-32] another body is a conflict, claimed or settled", async () => {
      await using run = await start();
      await run.claim("first");
      const other = key("k", "another hash");

      await assert.rejects(run.claim("second", other), conflict);
      await run.keys.settle(key("k"), { status: "appended", id: "first", seq: 7 }, run.ctx);
      await assert.rejects(run.claim("second", other), conflict);
      await assert.rejects(run.keys.lookup(other, run.ctx), conflict);
    });

    it("[RD-32] a released key is as if never used; an abandoned one keeps its id for the next", async () => {
      await using run = await start();
      await run.claim("first");

      await run.keys.abandon(key("k"), run.ctx);
      assert.equal(await run.keys.lookup(key("k"), run.ctx), undefined);
      assert.deepEqual(await run.claim("second"), { status: "claimed", id: "first" });
      await run.keys.release(key("k"), run.ctx);
      assert.deepEqual(await run.claim("third", key("k", "another hash")), {
        status: "claimed",
        id: "third",
      });
    });

    it("[RD-32] of many who claim at once one gets it", async () => {
      await using run = await start();

      const claims = await Promise.all(Array.from({ length: 20 }, (_, i) => run.claim(`id${i}`)));

      assert.equal(claims.filter(({ status }) => status === "claimed").length, 1);
      assert.equal(claims.filter(({ status }) => status === "pending").length, 19);
    });

    it("[RD-32] a key that was never used has no answer", async () => {
      await using run = await start();

      assert.equal(await run.keys.lookup(key("k"), run.ctx), undefined);
      await run.keys.abandon(key("k"), run.ctx);
      await run.keys.release(key("k"), run.ctx);
      assert.deepEqual(await run.claim("first"), { status: "claimed", id: "first" });
    });
  });
}

export interface HeldUnderTest extends AsyncDisposable {
  readonly held: HeldStore;
}

export function heldContract(name: string, make: () => Promise<HeldUnderTest>): void {
  const ctx = rootContext({ clock: new FakeClock() });
  const waiting = (id: string, room = "r", uid = "u1") => ({
    room,
    entry: danmaku(id, { author: author(uid) }),
    matched: ["词", 'a "b"'],
  });

  describe(`${name} as a queue of held danmaku`, () => {
    it("[RD-33] lists a room's danmaku as they were held, oldest first", async () => {
      await using made = await make();
      for (const id of ["c", "a", "b"]) await made.held.put(waiting(id), undefined, ctx);
      await made.held.put(waiting("x", "other"), key("k"), ctx);
      await made.held.put(waiting("a"), undefined, ctx);

      assert.deepEqual(
        await made.held.list("r", 10, ctx),
        ["c", "a", "b"].map((id) => waiting(id)),
      );
      assert.deepEqual(await made.held.list("r", 2, ctx), [waiting("c"), waiting("a")]);
      assert.deepEqual(await made.held.list("other", 10, ctx), [waiting("x", "other")]);
      assert.deepEqual(await made.held.list("none", 10, ctx), []);
      assert.deepEqual(await made.held.find("r", "b", ctx), waiting("b"));
      assert.equal(await made.held.find("other", "b", ctx), undefined);
    });

    it("[RD-33] a release finds it with its key; once released, its seq", async () => {
      await using made = await make();
      await made.held.put(waiting("a"), key("k"), ctx);
      await made.held.put(waiting("b"), undefined, ctx);

      assert.deepEqual(await made.held.release("r", "a", ctx), { status: "held", key: key("k") });
      assert.deepEqual(await made.held.release("r", "b", ctx), { status: "held" });
      await made.held.released("r", "a", 2 ** 52, ctx);

      assert.deepEqual(await made.held.release("r", "a", ctx), { status: "released", seq: 2 ** 52 });
      assert.deepEqual(await made.held.list("r", 10, ctx), [waiting("b")]);
      assert.equal(await made.held.release("r", "none", ctx), undefined);
      assert.equal(await made.held.release("other", "a", ctx), undefined);
    });

    it("[RD-33] dismissed it is gone; dismissing it again says so", async () => {
      await using made = await make();
      await made.held.put(waiting("a"), undefined, ctx);

      assert.equal(await made.held.dismiss("other", "a", ctx), false);
      assert.equal(await made.held.dismiss("r", "a", ctx), true);
      assert.equal(await made.held.dismiss("r", "a", ctx), false);
      assert.deepEqual(await made.held.list("r", 10, ctx), []);
    });

    it("[RD-33] an erased user's are gone from every room", async () => {
      await using made = await make();
      await made.held.put(waiting("a"), undefined, ctx);
      await made.held.put(waiting("b", "r", "u2"), undefined, ctx);
      await made.held.put(waiting("c", "other"), undefined, ctx);

      assert.equal(await made.held.erase("u1", ctx), 2);
      assert.equal(await made.held.erase("u1", ctx), 0);
      assert.deepEqual(await made.held.list("r", 10, ctx), [waiting("b", "r", "u2")]);
      assert.deepEqual(await made.held.list("other", 10, ctx), []);
    });
  });
}
