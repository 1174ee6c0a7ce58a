import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { goimCommand, goimUid, type Item, type RoomEvent } from "../../src/index.ts";

const base = {
  id: "d-1",
  at: 1_700_000_000_123,
  author: { uid: "7", name: "小明", role: "moderator" },
  seq: 99,
  n: 12,
} as const;
const barrage = { id: "d-1", seq: 99, n: 12 };

const danmaku = (mode: "scroll" | "top" | "bottom" | "reverse"): Item => ({
  ...base,
  kind: "danmaku",
  content: "[好]前方高能",
  mode,
  color: 0xff00aa,
  size: 18,
});
type Fields = Readonly<Record<string, unknown>>;
const command = (item: Item): Fields => goimCommand(item, "1024");
const data = (item: Item): Fields => command(item)["data"] as Fields;
const info = (item: Item) => command(item)["info"] as readonly (readonly unknown[])[];

describe("goimCommand", () => {
  it("[PR-42] puts a danmaku where parsers read it", () => {
    const { cmd, barrage: where } = command(danmaku("scroll"));
    assert.deepEqual([cmd, where], ["DANMU_MSG", barrage]);
    const [meta, content, user, medal, level, , , guard] = info(danmaku("scroll"));
    assert.deepEqual(meta?.slice(1, 5), [1, 18, 0xff00aa, base.at]);
    assert.equal(meta?.[9], 0);
    assert.equal(content, "[好]前方高能");
    assert.deepEqual(user?.slice(0, 3), [7, "小明", 1]);
    assert.deepEqual([medal, level?.[4], guard], [[], 0, 0]);
    const { extra } = meta[15] as { extra: string };
    assert.equal((JSON.parse(extra) as { content: string }).content, "[好]前方高能");
    const modes = (["scroll", "bottom", "top", "reverse"] as const).map(
      (mode) => info(danmaku(mode))[0]?.[1],
    );
    assert.deepEqual(modes, [1, 4, 5, 6]);
  });

  it("[PR-42] has money in yuan for a superchat, in thousandths for a gift", () => {
    const money = { amount_micros: 30_000_000, currency: "CNY" };
    const superchat = data({ ...base, ...money, kind: "superchat", content: "加油", pin_ms: 60_000 });
    const { price, message, time, user_info, uid, start_time, end_time } = superchat;
    assert.deepEqual({ price, message, time, uid }, { price: 30, message: "加油", time: 60, uid: 7 });
    assert.equal((user_info as { uname: string }).uname, "小明");
    assert.equal(Number(end_time) - Number(start_time), 60);

    const gift = data({ ...base, ...money, kind: "gift", gift_id: "31", gift_name: "辣条", count: 3 });
    const { giftId, giftName, num, price: each, total_coin, coin_type } = gift;
    assert.deepEqual(
      { giftId, giftName, num, each, total_coin, coin_type },
      { giftId: 31, giftName: "辣条", num: 3, each: 10_000, total_coin: 30_000, coin_type: "gold" },
    );
  });

  it("[PR-42] has a command for each kind that the clients know", () => {
    const cmd = (item: Item) => command(item)["cmd"];
    assert.equal(cmd({ ...base, kind: "like", count: 2 }), "LIKE_INFO_V3_CLICK");
    assert.equal(cmd({ ...base, kind: "enter" }), "INTERACT_WORD");
    assert.deepEqual(data({ ...base, kind: "recall", target: { id: "d-0" } }), {
      recall_type: 1,
      target_id: "d-0",
    });
    assert.deepEqual(data({ ...base, kind: "recall", target: { uid: "8" } }), {
      recall_type: 2,
      target_id: 8,
    });
    const event = (change: RoomEvent) => command({ ...base, kind: "room-event", event: change });
    assert.equal(event({ type: "live" })["roomid"], 1_024);
    assert.equal(event({ type: "offline", reason: "ended" })["roomid"], "1024");
    const retitled = event({ type: "title", title: "新标题" })["data"] as { title: string };
    assert.equal(retitled.title, "新标题");
    assert.equal(event({ type: "mute", uid: "8", until: null })["uid"], 8);
    assert.equal(event({ type: "ban", uid: "8", until: null })["cmd"], "ROOM_BLOCK_MSG");
    assert.equal(event({ type: "closed" })["cmd"], "CUT_OFF");
    for (const change of [
      { type: "created", title: "", owner: "1" },
      { type: "unmute", uid: "8" },
      { type: "unban", uid: "8" },
      { type: "slow_mode", seconds: 1 },
    ] as const) {
      assert.deepEqual(event(change), { cmd: "BARRAGE_ROOM_EVENT", data: change, barrage });
    }
  });

  it("[PR-43] numbers users by their own number, or one that nobody has", () => {
    assert.equal(goimUid("0"), 0);
    assert.equal(goimUid("999999999999999"), 999_999_999_999_999);
    fc.assert(
      fc.property(fc.string({ minLength: 1, maxLength: 64 }), (uid) => {
        const number = goimUid(uid);
        assert.ok(Number.isSafeInteger(number));
        assert.equal(number, goimUid(uid));
        assert.equal(number >= 2 ** 52, !/^\d{1,15}$/.test(uid));
      }),
    );
    const many = new Set(Array.from({ length: 100_000 }, (_, i) => goimUid(`user-${i}`)));
    assert.equal(many.size, 100_000);
  });
});
