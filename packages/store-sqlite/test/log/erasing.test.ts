import assert from "node:assert/strict";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { background } from "@barrage/kernel";
import { author, danmaku, placed, START_MS } from "@barrage/testkit";
import { temporaryStore } from "../support/temporary-store.ts";

const ctx = background;
const NO_BOUND = Number.MAX_SAFE_INTEGER;
const SECRET = "Geheimnis-der-Erika";

/** Names of the files of `dir` that hold `text` anywhere. */
const filesWith = (dir: string, text: string): readonly string[] =>
  readdirSync(dir).filter((name) => readFileSync(join(dir, name)).includes(text));

const others = (count: number, bytes = 900) =>
  Array.from({ length: count }, (_, i) => ({
    room: "a",
    entry: danmaku(`d${i}`, { at: START_MS + i, content: "x".repeat(bytes) }),
  }));

const size = (dir: string): number => statSync(join(dir, "danmaku.db")).size;

describe("forgetting on SQLite", () => {
  it("[LG-35] leaves nothing of an erased text, name or uid in any byte of the files", async () => {
    await using made = await temporaryStore();
    const { log, archive } = made.store;
    const mine = { author: author("erika-77"), content: `${SECRET} ${"long ".repeat(2_000)}` };
    const key = { scope: "a\nerika-77", id: "erikas-message", bodyHash: "h" };
    await log.appendAll(others(200), ctx);
    for (let i = 0; i < 50; i++) {
      await log.append(
        {
          room: "a",
          entry: danmaku(`e${i}`, { ...mine, content: `${SECRET} ${i}` }),
          key: { ...key, id: `m${i}` },
        },
        ctx,
      );
      await log.hold({ room: "a", entry: danmaku(`h${i}`, mine), matched: [] }, undefined, ctx);
    }
    const items = Array.from({ length: 300 }, (_, i) =>
      placed("a", i + 1, danmaku(`d${i}`, i % 3 === 0 ? mine : {})),
    );
    await archive.write(items, ctx);
    assert.notDeepEqual(filesWith(made.dir, SECRET), []);

    assert.equal(await log.erase("erika-77", ctx), 100);
    assert.deepEqual(await archive.erase("erika-77", ctx), ["a"]);

    const found = () => [SECRET, "erika-77", "name of erika-77"].map((text) => filesWith(made.dir, text));
    assert.deepEqual(found(), [[], [], []]);
    await made.store.close();
    assert.deepEqual(found(), [[], [], []]);
    const opened = await made.reopen();
    assert.equal((await opened.log.read(0, 999, ctx)).length, 250);
    assert.equal((await opened.archive.query({ room: "a", after: 0, limit: 999 }, ctx)).items.length, 200);
  });

  it("[LG-17, LG-35] shrinks the file below the bytes of the policy, the oldest first", async () => {
    await using made = await temporaryStore();
    const { log } = made.store;
    await log.appendAll(others(2_000), ctx);
    await log.retain({ before: 0, keysBefore: 0, maxBytes: NO_BOUND }, 0, ctx);
    const before = size(made.dir);
    assert.equal(before > 2_000_000, true);

    const outcome = await log.retain({ before: 0, keysBefore: 0, maxBytes: 1_000_000 }, log.stats.head, ctx);

    const left = await log.read(0, 4_000, ctx);
    assert.equal(size(made.dir) <= 1_000_000, true);
    assert.equal(outcome.bytes, before - size(made.dir));
    assert.equal(outcome.records, 2_000 - left.length);
    assert.deepEqual([left.at(-1)?.entry.id, left.length > 0], ["d1999", true]);
  });

  it("[LG-17] drops nothing above the floor, however large the file is", async () => {
    await using made = await temporaryStore();
    const { log } = made.store;
    await log.appendAll(others(1_200), ctx);

    for (const [floor, dropped] of [
      [0, 0],
      [1, 1],
      [700, 699],
    ] as const) {
      const { records } = await log.retain({ before: NO_BOUND, keysBefore: 0, maxBytes: 1 }, floor, ctx);
      assert.equal(records, dropped);
    }
    assert.equal((await log.read(0, 1, ctx))[0]?.seq, 701);
  });

  it("[LG-17] dismisses old held danmaku and drops old audit events, and counts them", async () => {
    await using made = await temporaryStore();
    const { log, audit } = made.store;
    for (const ms of [-1, 0]) {
      const at = START_MS + ms;
      await log.hold({ room: "a", entry: danmaku(`d${ms}`, { at }), matched: [] }, undefined, ctx);
      await audit.record({ at, actor: "m", action: "close", room: "a" }, ctx);
    }

    const outcome = await log.retain({ before: START_MS, keysBefore: 0, maxBytes: NO_BOUND }, 0, ctx);

    assert.deepEqual(outcome, { records: 0, keys: 0, held: 1, audit: 1, bytes: 0 });
    assert.deepEqual(
      (await log.held("a", 9, ctx)).map(({ entry }) => entry.id),
      ["d0"],
    );
    assert.equal((await audit.list("a", 9, ctx)).length, 1);
  });

  it("[LG-37] commits appends between the steps of retention and of erasing", async () => {
    await using made = await temporaryStore();
    const { log } = made.store;
    for (let i = 0; i < 4; i++) await log.appendAll(others(5_000, 10), ctx);
    const order: string[] = [];
    const noted = (name: string, work: Promise<unknown>) => work.then(() => order.push(name));

    await Promise.all([
      noted("erased", log.erase("u1", ctx)),
      noted("appended", log.append({ room: "a", entry: danmaku("new", { author: author("u2") }) }, ctx)),
    ]);
    await Promise.all([
      noted("retained", log.retain({ before: NO_BOUND, keysBefore: 0, maxBytes: NO_BOUND }, 20_000, ctx)),
      noted("appended", log.append({ room: "a", entry: danmaku("newer") }, ctx)),
    ]);

    assert.deepEqual(order, ["appended", "erased", "appended", "retained"]);
    assert.deepEqual(
      (await log.read(0, 9, ctx)).map(({ entry }) => entry.id),
      ["new", "newer"],
    );
  });

  it("[LG-25, LG-35] shrinks the archive to the bytes of the policy", async () => {
    await using made = await temporaryStore();
    const { archive } = made.store;
    const content = "x".repeat(500);
    const items = Array.from({ length: 3_000 }, (_, i) => placed("a", i + 1, danmaku(`d${i}`, { content })));
    await archive.write(items, ctx);

    const dropped = await archive.retain({ before: 0, maxBytes: 1_000_000 }, ctx);

    const left = await archive.query({ room: "a", after: 0, limit: 4_000 }, ctx);
    assert.equal(statSync(join(made.dir, "archive.db")).size <= 1_000_000, true);
    assert.deepEqual([left.items.length, left.items.at(-1)?.seq], [3_000 - dropped, 3_000]);
    assert.equal(dropped > 0 && dropped < 3_000, true);
  });
});
