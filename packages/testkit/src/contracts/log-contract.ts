import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { background } from "@barrage/kernel";
import { danmaku } from "./entries.ts";
import { followContract } from "./log-follow-contract.ts";
import { forgettingContract } from "./log-forgetting-contract.ts";
import { heldContract } from "./log-held-contract.ts";
import { key, type MakeLog } from "./log-under-test.ts";

const ctx = background;

/** Registers the tests that every `DanmakuLog` passes; each gets an empty log of its own. */
export function logContract(name: string, makeLog: MakeLog): void {
  describe(`${name} as a danmaku log`, () => {
    appendContract(makeLog);
    keyContract(makeLog);
    heldContract(makeLog);
    followContract(makeLog);
    forgettingContract(makeLog);
    restartContract(makeLog);
  });
}

function appendContract(makeLog: MakeLog): void {
  it("[LG-2, LG-3] gives rising places and reads records back equal, of all rooms and of one", async () => {
    await using made = await makeLog();
    const { log } = made;
    const full = danmaku("d1", { pts_ms: 1.5, client_msg_id: "m", content: "弹幕 \u{1F44D}\u200d <b>&\"'" });

    const first = await log.append({ room: "a", entry: full }, ctx);
    const second = await log.append({ room: "b", entry: danmaku("d2"), live: false }, ctx);
    const third = await log.append({ room: "a", entry: danmaku("d3") }, ctx);

    assert.deepEqual(
      [first, second, third].map(({ status, id }) => [status, id]),
      [
        ["appended", "d1"],
        ["appended", "d2"],
        ["appended", "d3"],
      ],
    );
    const [a, b, c] = [first, second, third].map((outcome) => ("seq" in outcome ? outcome.seq : 0));
    assert.equal(a! > 0 && a! < b! && b! < c!, true);
    const all = [
      { seq: a, room: "a", entry: full, live: true },
      { seq: b, room: "b", entry: danmaku("d2"), live: false },
      { seq: c, room: "a", entry: danmaku("d3"), live: true },
    ];
    assert.deepEqual(await log.read(0, 10, ctx), all);
    assert.deepEqual(await log.read(0, 10, ctx, "a"), [all[0], all[2]]);
    assert.deepEqual(await log.read(a!, 1, ctx), [all[1]]);
    assert.equal(log.stats.head, c);
    assert.equal(log.stats.appended, 3);
  });

  it("[LG-2] keeps the order in which appends of one caller were made", async () => {
    await using made = await makeLog();
    const { log } = made;
    const ids = Array.from({ length: 300 }, (_, i) => `d${i}`);

    const outcomes = await Promise.all(ids.map((id) => log.append({ room: "a", entry: danmaku(id) }, ctx)));

    const seqs = outcomes.map((outcome) => ("seq" in outcome ? outcome.seq : 0));
    assert.deepEqual(
      seqs.toSorted((x, y) => x - y),
      seqs,
    );
    assert.equal(new Set(seqs).size, ids.length);
    assert.deepEqual(
      (await log.read(0, 1_000, ctx)).map(({ entry }) => entry.id),
      ids,
    );
  });

  it("[LG-6] writes many at once, in order", async () => {
    await using made = await makeLog();
    const { log } = made;

    const outcomes = await log.appendAll(
      ["d1", "d2", "d3"].map((id) => ({ room: "a", entry: danmaku(id), live: false })),
      ctx,
    );

    const records = await log.read(0, 10, ctx);
    assert.deepEqual(
      records.map(({ entry, live }) => [entry.id, live]),
      [
        ["d1", false],
        ["d2", false],
        ["d3", false],
      ],
    );
    assert.deepEqual(
      outcomes,
      records.map(({ seq, entry }) => ({ status: "appended", id: entry.id, seq })),
    );
    assert.deepEqual(await log.appendAll([], ctx), []);
  });

  it("[LG-6] writes none of many when one of them is refused", async () => {
    await using made = await makeLog();
    const { log } = made;
    await log.append({ room: "a", entry: danmaku("d0"), key: key("taken") }, ctx);

    await assert.rejects(
      log.appendAll(
        [
          { room: "a", entry: danmaku("d1"), key: key("fresh") },
          { room: "a", entry: danmaku("d2"), key: key("taken", "another") },
          { room: "a", entry: danmaku("d3") },
        ],
        ctx,
      ),
      { code: "BARRAGE_IDEMPOTENCY_CONFLICT" },
    );

    assert.deepEqual(
      (await log.read(0, 10, ctx)).map(({ entry }) => entry.id),
      ["d0"],
    );
    assert.equal(await log.lookup(key("fresh"), ctx), undefined);
  });

  it("[LG-13] does not write what was cancelled before it was asked for", async () => {
    await using made = await makeLog();
    const { log } = made;
    const own = ctx.cancellable();
    own.cancel();

    await assert.rejects(log.append({ room: "a", entry: danmaku("d1") }, own), { code: "KERNEL_CANCELLED" });

    assert.deepEqual(await log.read(0, 10, ctx), []);
  });

  it("[LG-19] refuses appends after it was closed, and closing again does nothing", async () => {
    await using made = await makeLog();
    const { log } = made;
    await log.append({ room: "a", entry: danmaku("d1") }, ctx);

    await log.close();
    await log.close();

    await assert.rejects(
      log.append({ room: "a", entry: danmaku("d2") }, ctx),
      ({ code }: { code: string }) => code === "BARRAGE_DRAINING" || code === "BARRAGE_LOG_UNAVAILABLE",
    );
  });
}

function keyContract(makeLog: MakeLog): void {
  it("[LG-4] answers a key seen before with the first one's id and seq, and writes nothing", async () => {
    await using made = await makeLog();
    const { log } = made;
    const first = await log.append({ room: "a", entry: danmaku("d1"), key: key("m1") }, ctx);

    const again = await log.append({ room: "a", entry: danmaku("d2"), key: key("m1") }, ctx);
    const other = await log.append(
      { room: "a", entry: danmaku("d3"), key: key("m1", "hash", "room\nu2") },
      ctx,
    );

    assert.deepEqual(again, { ...first, status: "repeated" });
    assert.equal(other.status, "appended");
    assert.deepEqual(
      (await log.read(0, 10, ctx)).map(({ entry }) => entry.id),
      ["d1", "d3"],
    );
  });

  it("[LG-4] writes one of two that wait at the same time with one key", async () => {
    await using made = await makeLog();
    const { log } = made;

    const [one, two] = await Promise.all([
      log.append({ room: "a", entry: danmaku("d1"), key: key("m1") }, ctx),
      log.append({ room: "a", entry: danmaku("d2"), key: key("m1") }, ctx),
    ]);

    assert.equal(one.status, "appended");
    assert.deepEqual(two, { ...one, status: "repeated" });
    assert.equal((await log.read(0, 10, ctx)).length, 1);
  });

  it("[LG-5] refuses the same key with another body, and only that append", async () => {
    await using made = await makeLog();
    const { log } = made;
    await log.append({ room: "a", entry: danmaku("d1"), key: key("m1", "x") }, ctx);

    const [before, conflict, after] = await Promise.allSettled([
      log.append({ room: "a", entry: danmaku("d2") }, ctx),
      log.append({ room: "a", entry: danmaku("d3"), key: key("m1", "y") }, ctx),
      log.append({ room: "a", entry: danmaku("d4") }, ctx),
    ]);

    assert.deepEqual([before.status, after.status], ["fulfilled", "fulfilled"]);
    assert.equal((conflict as PromiseRejectedResult).reason.code, "BARRAGE_IDEMPOTENCY_CONFLICT");
    assert.deepEqual(
      (await log.read(0, 10, ctx)).map(({ entry }) => entry.id),
      ["d1", "d2", "d4"],
    );
  });

  it("[LG-7] looks up what a key came to", async () => {
    await using made = await makeLog();
    const { log } = made;
    const first = await log.append({ room: "a", entry: danmaku("d1"), key: key("m1") }, ctx);
    await log.hold({ room: "a", entry: danmaku("d2"), matched: ["w"] }, key("m2"), ctx);

    assert.deepEqual(await log.lookup(key("m1"), ctx), { ...first, status: "repeated" });
    assert.deepEqual(await log.lookup(key("m2"), ctx), { status: "held", id: "d2" });
    assert.equal(await log.lookup(key("m3"), ctx), undefined);
    await assert.rejects(log.lookup(key("m1", "other"), ctx), { code: "BARRAGE_IDEMPOTENCY_CONFLICT" });
  });
}

function restartContract(makeLog: MakeLog): void {
  it("[LG-2, LG-4, LG-8, LG-16] remembers records, keys, held danmaku and offsets across a restart", async (t) => {
    await using made = await makeLog();
    if (made.reopen === undefined) return t.skip("lives in memory");
    const { log } = made;
    const first = await log.append({ room: "a", entry: danmaku("d1"), key: key("m1") }, ctx);
    await log.hold({ room: "a", entry: danmaku("d2"), matched: ["w"] }, key("m2"), ctx);
    const { head } = log.stats;
    await log.commit("router", head, ctx);

    const opened = await made.reopen();

    assert.equal(opened.stats.head, head);
    assert.deepEqual(await opened.append({ room: "a", entry: danmaku("d3"), key: key("m1") }, ctx), {
      ...first,
      status: "repeated",
    });
    assert.deepEqual(await opened.held("a", 10, ctx), [{ room: "a", entry: danmaku("d2"), matched: ["w"] }]);
    assert.equal(await opened.committed("router", ctx), head);
    const next = await opened.append({ room: "a", entry: danmaku("d4") }, ctx);
    assert.equal("seq" in next && next.seq > head, true);
  });
}
