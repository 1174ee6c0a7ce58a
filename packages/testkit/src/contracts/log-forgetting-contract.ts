import assert from "node:assert/strict";
import { it } from "node:test";
import { background } from "@barrage/kernel";
import type { Entry } from "@barrage/protocol";
import { author, danmaku, START_MS } from "./entries.ts";
import { key, type MakeLog } from "./log-under-test.ts";

const ctx = background;
const NO_BOUND = Number.MAX_SAFE_INTEGER;

/** What every log promises about retention and erasing. */
export function forgettingContract(makeLog: MakeLog): void {
  it("[LG-17] drops records before the moment, at n-1, n and n+1, and never above the floor", async (t) => {
    await using made = await makeLog();
    if (made.except?.has("age by append") === true) return t.skip("age is by append");
    const { log } = made;
    for (const ms of [-1, 0, 1, -5]) {
      await log.append({ room: "a", entry: danmaku(`d${ms}`, { at: START_MS + ms }) }, ctx);
    }
    const floor = (await log.read(0, 10, ctx))[2]!.seq;

    const outcome = await log.retain({ before: START_MS, keysBefore: 0, maxBytes: NO_BOUND }, floor, ctx);

    assert.equal(outcome.records, 1);
    assert.deepEqual(
      (await log.read(0, 10, ctx)).map(({ entry }) => entry.id),
      ["d0", "d1", "d-5"],
    );
  });

  it("[LG-2, LG-17] uses no seq twice after retention has emptied the log", async () => {
    await using made = await makeLog();
    const { log } = made;
    await log.append({ room: "a", entry: danmaku("d1") }, ctx);
    const { head } = log.stats;

    await log.retain({ before: NO_BOUND, keysBefore: 0, maxBytes: NO_BOUND }, head, ctx);
    const opened = (await made.reopen?.()) ?? log;

    assert.deepEqual(await opened.read(0, 10, ctx), []);
    const next = await opened.append({ room: "a", entry: danmaku("d2") }, ctx);
    assert.equal("seq" in next && next.seq > head, true);
  });

  it("[LG-17] forgets keys older than the policy, and only those", async () => {
    await using made = await makeLog();
    const { log } = made;
    await log.append({ room: "a", entry: danmaku("d1"), key: key("m1") }, ctx);
    const now = ctx.clock.wall();

    const kept = await log.retain({ before: 0, keysBefore: now - 60_000, maxBytes: NO_BOUND }, 0, ctx);
    const found = await log.lookup(key("m1"), ctx);
    const gone = await log.retain({ before: 0, keysBefore: now + 60_000, maxBytes: NO_BOUND }, 0, ctx);

    assert.deepEqual([kept.keys, found?.status, gone.keys], [0, "repeated", 1]);
    assert.equal(await log.lookup(key("m1"), ctx), undefined);
    assert.equal(
      (await log.append({ room: "a", entry: danmaku("d2"), key: key("m1") }, ctx)).status,
      "appended",
    );
  });

  it("[LG-18] erases one user's text, name and uid from log and held queue, and nothing else", async () => {
    await using made = await makeLog();
    const { log } = made;
    const mine = { author: author("erika-77"), content: "a secret of erika" };
    const base = { at: START_MS, author: author("erika-77") };
    const entries: readonly Entry[] = [
      danmaku("d1", { ...mine, client_msg_id: "x" }),
      danmaku("d2"),
      {
        ...base,
        kind: "superchat",
        id: "d3",
        content: mine.content,
        amount_micros: 5,
        currency: "CNY",
        pin_ms: 9,
      },
      { ...base, kind: "like", id: "d4", count: 2 },
      { ...base, kind: "room-event", id: "d5", event: { type: "slow_mode", seconds: 5 } },
    ];
    for (const [i, entry] of entries.entries()) await log.append({ room: `room${i}`, entry }, ctx);
    await log.hold({ room: "a", entry: danmaku("d6", mine), matched: ["secret"] }, undefined, ctx);
    const before = await log.read(0, 10, ctx);

    const counts = made.except?.has("masks erased") !== true;
    const erased = await log.erase("erika-77", ctx);
    if (counts) assert.equal(erased, 5);

    const after = await log.read(0, 10, ctx);
    assert.doesNotMatch(JSON.stringify([after, await log.held("a", 10, ctx)]), /erika/);
    assert.deepEqual(
      after.map(({ seq, room, live, entry }) => [seq, room, live, entry.kind, entry.id]),
      before.map(({ seq, room, live, entry }) => [seq, room, live, entry.kind, entry.id]),
    );
    assert.deepEqual(after[1], before[1]);
    assert.deepEqual((after[4]!.entry as { event?: unknown }).event, { type: "slow_mode", seconds: 5 });
    if (counts) assert.equal(await log.erase("erika-77", ctx), 0);
  });
}
