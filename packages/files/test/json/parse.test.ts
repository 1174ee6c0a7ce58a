import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import type { Item } from "@barrage/protocol";
import { parseJsonDanmaku, writeArtplayerJson, writeJson } from "../../src/index.ts";
import { anyText, item, plain } from "../arbitraries.ts";

const artplayer = (...rows: readonly unknown[]) => parseJsonDanmaku(JSON.stringify(rows));
const colorOf = (color: unknown) => artplayer({ text: "x", time: 0, color }).danmaku[0]?.color;

const like: Item = {
  kind: "like",
  id: "a",
  at: 1,
  author: { uid: "u", name: "n", role: "viewer" },
  seq: 1,
  n: 1,
  count: 1,
};

describe("parseJsonDanmaku", () => {
  it("[FI-15] reads the list form", () => {
    assert.deepEqual(artplayer({ text: "好", time: 60.139, color: "#FABE96", mode: 1 }).danmaku, [
      { kind: "danmaku", content: "好", mode: "top", color: 0xfabe96, size: 25, pts_ms: 60139 },
    ]);
    assert.deepEqual(
      artplayer({ text: "a" }, { text: "b", mode: 0 }, { text: "c", mode: 2 }).danmaku.map((row) => row.mode),
      ["scroll", "scroll", "bottom"],
    );
  });

  it("[FI-15] reads every way to write a colour", () => {
    const cases: readonly (readonly [unknown, number | undefined])[] = [
      ["#fff", 0xffffff],
      ["#1aF", 0x11aaff],
      ["#0", 0],
      ["#ff", 0x0000ff],
      ["#ff00", 0x00ff00],
      ["#12345", 0x012345],
      ["#000000", 0],
      [0, 0],
      [0xffffff, 0xffffff],
      [undefined, 0xffffff],
      ["#", undefined],
      ["#1234567", undefined],
      ["red", undefined],
      [0x1000000, undefined],
      [-1, undefined],
      [1.5, undefined],
      [null, undefined],
    ];
    for (const [written, rgb] of cases) assert.equal(colorOf(written), rgb, String(written));
  });

  it("[FI-15] skips rows that are none and notes fields it drops", () => {
    const { danmaku, skipped, noted } = artplayer(
      null,
      { time: 1 },
      { text: "a", time: -1 },
      { text: "a", time: "soon" },
      { text: "a", mode: 3 },
      { text: "a", color: "red" },
      { text: "ok", time: "1.5", border: true },
    );

    assert.deepEqual(
      danmaku.map((row) => row.pts_ms),
      [1500],
    );
    assert.deepEqual(
      skipped.map(({ row }) => row),
      [1, 2, 3, 4, 5, 6],
    );
    assert.deepEqual(noted, { "a field nobody here knows was dropped": 1 });
  });

  it("[FI-15] gives back what writeArtplayerJson wrote", () => {
    const row = fc.record({
      kind: fc.constant("danmaku" as const),
      content: anyText,
      mode: fc.constantFrom("scroll" as const, "top" as const, "bottom" as const),
      color: fc.integer({ min: 0, max: 0xffffff }),
      size: fc.constant(25),
      pts_ms: fc.nat(1e9).map((value) => value / 8),
    });
    fc.assert(
      fc.property(fc.array(row), (made) => {
        const rows = plain(made);
        const { json, omitted } = writeArtplayerJson(rows);

        assert.deepEqual(parseJsonDanmaku(json).danmaku, rows);
        assert.equal(omitted, 0);
      }),
    );
  });

  it("[FI-15] counts what the list form cannot say", () => {
    const row = { kind: "danmaku", content: "x", color: 0, size: 25, mode: "reverse" } as const;

    assert.equal(writeArtplayerJson([row]).omitted, 1);
  });

  it("[FI-16] gives back every record of Barrage's own form", () => {
    fc.assert(
      fc.property(fc.array(item, { maxLength: 8 }), anyText, (made, room) => {
        const items = plain(made);
        const read = parseJsonDanmaku(writeJson(items, { room }));

        assert.equal(read.format, "barrage");
        assert.deepEqual(read.format === "barrage" && [read.room, read.items], [room, items]);
        assert.equal(read.skipped.length, 0);
      }),
      { numRuns: 300 },
    );
  });

  it("[FI-16] skips a record with a field missing, wrong or too many", () => {
    const wrong: readonly unknown[] = [
      { ...like, count: 0 },
      { ...like, count: "1" },
      { ...like, seq: -1 },
      { ...like, seq: 1.5 },
      { ...like, author: { uid: "u", name: "n", role: "king" } },
      { ...like, extra: 1 },
      { ...like, kind: "toString" },
      { ...like, id: undefined },
      [],
      null,
      { ...like, kind: "room-event", count: undefined, event: { type: "__proto__" } },
    ];
    const read = parseJsonDanmaku(
      JSON.stringify({ format: "barrage", version: 1, room: "r", items: [...wrong, like] }),
    );

    assert.deepEqual(read.format === "barrage" && read.items, [like]);
    assert.equal(read.skippedByReason["it is no record of this version"], wrong.length);
  });

  it("[FI-16] refuses another version", () => {
    assert.throws(() => parseJsonDanmaku(`{"format":"barrage","version":2,"room":"r","items":[]}`), {
      code: "FILES_UNKNOWN_VERSION",
    });
  });

  it("[FI-17] refuses text that is no JSON, and JSON of another form", () => {
    assert.throws(() => parseJsonDanmaku("[{]"), { code: "FILES_BAD_JSON" });
    assert.throws(() => parseJsonDanmaku(""), { code: "FILES_BAD_JSON" });
    for (const text of ["1", "null", "{}", `{"format":"barrage","version":1,"items":[]}`]) {
      assert.throws(() => parseJsonDanmaku(text), { code: "FILES_NOT_DANMAKU" });
    }
    assert.equal(parseJsonDanmaku("\ufeff[]").danmaku.length, 0);
  });
});
