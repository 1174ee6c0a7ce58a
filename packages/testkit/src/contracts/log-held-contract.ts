import assert from "node:assert/strict";
import { it } from "node:test";
import type { HeldDanmaku } from "@barrage/engine";
import { background } from "@barrage/kernel";
import { danmaku } from "./entries.ts";
import { key, type MakeLog } from "./log-under-test.ts";

const ctx = background;

const held = (id: string, room = "a"): HeldDanmaku => ({ room, entry: danmaku(id), matched: ["word"] });

/** What every log does with danmaku that wait for a moderator. */
export function heldContract(makeLog: MakeLog): void {
  it("[LG-8] keeps a held danmaku out of the log and answers its retry", async () => {
    await using made = await makeLog();
    const { log } = made;

    const first = await log.hold(held("d1"), key("m1"), ctx);
    const again = await log.hold(held("d9"), key("m1"), ctx);
    await log.hold(held("d2"), undefined, ctx);
    await log.hold(held("d3", "b"), undefined, ctx);

    assert.deepEqual(first, { status: "held", id: "d1" });
    assert.deepEqual(again, first);
    assert.deepEqual(await log.held("a", 10, ctx), [held("d1"), held("d2")]);
    assert.deepEqual(await log.held("a", 1, ctx), [held("d1")]);
    assert.deepEqual(await log.findHeld("a", "d2", ctx), held("d2"));
    assert.equal(await log.findHeld("b", "d2", ctx), undefined);
    assert.deepEqual(await log.read(0, 10, ctx), []);
  });

  it("[LG-9] releases into the log, and the key then answers with the seq", async () => {
    await using made = await makeLog();
    const { log } = made;
    await log.hold(held("d1"), key("m1"), ctx);

    const outcome = await log.append({ room: "a", entry: danmaku("d1"), releases: "d1" }, ctx);

    const [record] = await log.read(0, 10, ctx);
    assert.deepEqual(outcome, { status: "appended", id: "d1", seq: record?.seq });
    assert.deepEqual(record?.entry, danmaku("d1"));
    assert.deepEqual(await log.held("a", 10, ctx), []);
    assert.deepEqual(await log.lookup(key("m1"), ctx), { ...outcome, status: "repeated" });
    const retry = await log.append({ room: "a", entry: danmaku("d9"), key: key("m1") }, ctx);
    assert.deepEqual(retry, { ...outcome, status: "repeated" });
  });

  it("[LG-10] answers a repeated release with the first one's place, also when both come at once", async () => {
    await using made = await makeLog();
    const { log } = made;
    await log.hold(held("d1"), undefined, ctx);
    const release = () => log.append({ room: "a", entry: danmaku("d1"), releases: "d1" }, ctx);

    const [one, two] = await Promise.all([release(), release()]);
    const three = await release();

    assert.equal(one.status, "appended");
    assert.deepEqual(two, { ...one, status: "repeated" });
    assert.deepEqual(three, two);
    assert.equal((await log.read(0, 10, ctx)).length, 1);
  });

  it("[LG-10, LG-11] refuses to release what was dismissed or never held, and writes nothing", async () => {
    await using made = await makeLog();
    const { log } = made;
    await log.hold(held("d1"), undefined, ctx);

    assert.equal(await log.dismiss("b", "d1", ctx), false);
    assert.equal(await log.dismiss("a", "d1", ctx), true);
    assert.equal(await log.dismiss("a", "d1", ctx), false);

    for (const id of ["d1", "d2"]) {
      await assert.rejects(log.append({ room: "a", entry: danmaku(id), releases: id }, ctx), {
        code: "BARRAGE_HELD_UNKNOWN",
      });
    }
    assert.deepEqual(await log.held("a", 10, ctx), []);
    assert.deepEqual(await log.read(0, 10, ctx), []);
  });

  it("[LG-10] refuses to release a danmaku of another room, which stays held", async () => {
    await using made = await makeLog();
    const { log } = made;
    await log.hold(held("d1"), undefined, ctx);

    await assert.rejects(log.append({ room: "b", entry: danmaku("d1"), releases: "d1" }, ctx), {
      code: "BARRAGE_HELD_UNKNOWN",
    });

    assert.deepEqual(await log.held("a", 10, ctx), [held("d1")]);
  });
}
