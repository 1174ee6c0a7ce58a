import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { SeenItem } from "@barrage/client";
import { powerOf } from "../src/identity/power.ts";
import { appendRows, isRecalled, recountRows, ROWS_MAX, rowOf } from "../src/live/rows.ts";
import type { Row } from "../src/live/rows.ts";
import { roomOfPath } from "../src/pages/room-of-path.ts";

const author = { uid: "bob", name: "Bob", role: "viewer" } as const;
const base = { at: 0, author, own: false, past: false } as const;
const danmaku = (seq: number): SeenItem & { kind: "danmaku" } =>
  ({
    ...base,
    kind: "danmaku",
    id: `d${seq}`,
    seq,
    content: "x",
    mode: "scroll",
    color: 0,
    size: 25,
  }) as const;
const rows = (from: number, to: number): Row[] => {
  const all: Row[] = [];
  for (let seq = from; seq <= to; seq++) all.push(rowOf(danmaku(seq))!);
  return all;
};

describe("list", () => {
  for (const count of [ROWS_MAX - 1, ROWS_MAX, ROWS_MAX + 1]) {
    it(`[WB-6] keeps at most 200 lines of ${count}`, () => {
      const kept = appendRows(rows(1, 100), rows(101, count));
      assert.equal(kept.length, Math.min(count, 200));
      assert.equal(kept.at(-1)?.key, `d${count}`);
    });
  }

  it("[WB-6] has a line for what viewers say and do, and none for the rest", () => {
    const event = (type: "live" | "closed"): SeenItem => ({
      ...base,
      kind: "room-event",
      id: "e",
      seq: 1,
      event: { type },
    });
    const mute: SeenItem = {
      ...base,
      kind: "room-event",
      id: "e",
      seq: 1,
      event: { type: "mute", uid: "u", until: null },
    };
    assert.deepEqual(
      [event("live"), event("closed"), mute].map((item) => rowOf(item)?.kind),
      ["event", "event", undefined],
    );
    assert.equal(rowOf({ ...base, kind: "enter", id: "e", seq: 1 })?.kind, "enter");
    assert.equal(rowOf({ ...base, kind: "like", id: "e", seq: 1, count: 1 }), undefined);
  });

  it("[RP-25] a danmaku that stands for several has its count, and is the same row otherwise", () => {
    const before = rows(1, 3);
    const after = recountRows(before, new Map([[2, 128]]));
    assert.deepEqual(
      after.map((row) => (row.kind === "danmaku" ? row.record.merged : 0)),
      [undefined, 128, undefined],
    );
    assert.equal(after[0], before[0]);
    assert.equal(recountRows(before, new Map([[9, 2]])), before);
  });

  it("[WB-7] takes back one danmaku, or what a user sent before the recall", () => {
    const recall = (target: { id: string } | { uid: string }): SeenItem & { kind: "recall" } => ({
      ...base,
      kind: "recall",
      id: "r",
      seq: 5,
      target,
    });
    assert.equal(isRecalled(danmaku(4), recall({ id: "d4" })), true);
    assert.equal(isRecalled(danmaku(3), recall({ id: "d4" })), false);
    assert.equal(isRecalled(danmaku(4), recall({ uid: "bob" })), true);
    assert.equal(isRecalled(danmaku(6), recall({ uid: "bob" })), false);
    assert.equal(isRecalled(danmaku(4), recall({ uid: "ann" })), false);
  });
});

describe("power", () => {
  const room = { id: "r", title: "", owner: "ann", live: true, closed: false, slow_mode_s: 0, head: 0, n: 0 };

  for (const [uid, role, moderates, owns] of [
    ["bob", "viewer", false, false],
    ["bob", "moderator", true, false],
    ["bob", "host", false, false],
    ["ann", "host", true, true],
    ["svc", "service", true, true],
  ] as const) {
    it(`[WB-8] offers ${uid} as ${role} ${moderates ? "moderation" : "nothing"}${owns ? " and the room" : ""}`, () => {
      assert.deepEqual(powerOf({ uid, name: uid, role }, room), { moderates, owns });
    });
  }

  it("[WB-8] offers nothing to one who only watches", () => {
    assert.deepEqual(powerOf(null, room), { moderates: false, owns: false });
  });
});

describe("address", () => {
  for (const [path, room] of [
    ["/live/demo", "demo"],
    ["/overlay/a%20b/", "a b"],
    ["/live/%", "%"],
    ["/", ""],
  ] as const) {
    it(`[WB-5] reads the room of ${path}`, () => {
      assert.equal(roomOfPath(path), room);
    });
  }
});
