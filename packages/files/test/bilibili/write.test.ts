import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import type { Item } from "@barrage/protocol";
import { bilibiliHeader, parseBilibiliXml, writeBilibiliXml } from "../../src/index.ts";
import { anyText, fileRow, item, plain, xmlText } from "../arbitraries.ts";

const base = {
  id: "a",
  at: 1_700_000_005_999,
  author: { uid: "u1", name: "甲", role: "viewer" },
  seq: 9,
  n: 3,
} as const;
const live: Item = { ...base, kind: "danmaku", content: "a<b", mode: "top", color: 255, size: 36 };

describe("writeBilibiliXml", () => {
  it("[FI-12] is undone by parseBilibiliXml for any rows", () => {
    fc.assert(
      fc.property(fc.array(fileRow, { maxLength: 8 }), (made) => {
        const rows = plain(made);
        const { xml, stripped, omitted } = writeBilibiliXml(rows);
        const read = parseBilibiliXml(xml);

        assert.deepEqual(read.rows, rows);
        assert.equal(read.stripped + stripped, 0);
        assert.deepEqual(omitted, {});
        // What is special is reported, and nothing else.
        assert.equal(read.skipped.length, rows.filter((row) => row.kind === "special").length);
      }),
      { numRuns: 500 },
    );
  });

  it("[FI-12] is undone for any header", () => {
    const element = fc.record({
      name: fc.constantFrom("chatid", "source", "BililiveRecorderRecordInfo"),
      text: xmlText,
      attributes: fc.dictionary(fc.constantFrom("roomid", "name", "title"), xmlText),
    });
    fc.assert(
      fc.property(fc.array(element, { maxLength: 5 }), (made) => {
        const header = plain(made);
        assert.deepEqual(parseBilibiliXml(writeBilibiliXml([], header).xml).header, header);
      }),
    );
  });

  it("[FI-12] strips what XML cannot hold, counts it, and stays readable", () => {
    fc.assert(
      fc.property(anyText, (content) => {
        const { xml, stripped } = writeBilibiliXml([
          { kind: "danmaku", content, mode: "scroll", color: 0, size: 25 },
        ]);
        const read = parseBilibiliXml(xml);

        assert.equal(read.stripped, 0);
        assert.equal((read.danmaku[0]?.content.length ?? 0) + stripped, content.length);
      }),
    );
    assert.equal(
      writeBilibiliXml([{ kind: "danmaku", content: "a\u0000\ud800b", mode: "top", color: 0, size: 25 }])
        .stripped,
      2,
    );
  });

  it("[FI-13] writes a live record with Bilibili's fields", () => {
    const { xml } = writeBilibiliXml([live], [], { startedAt: 1_700_000_000_000 });

    assert.equal(
      xml,
      `<?xml version="1.0" encoding="UTF-8"?>\n<i>\n` +
        `  <d p="5.999,5,36,255,1700000005,0,424f9f76,9" user="甲">a&lt;b</d>\n</i>\n`.replace(
          "HASH",
          "HASH",
        ),
    );
  });

  it("[FI-13] counts from the first record, or takes the place in the video", () => {
    const later: Item = { ...live, at: live.at + 1500, seq: 10 };
    const placed: Item = { ...live, pts_ms: 12.5, seq: 11 };
    const { danmaku } = parseBilibiliXml(writeBilibiliXml([live, later, placed]).xml);

    assert.deepEqual(
      danmaku.map((row) => row.pts_ms),
      [0, 1500, 12.5],
    );
  });

  it("[FI-13] writes paid records as the recorder does and counts the kinds without a row", () => {
    const records: Item[] = [
      {
        ...base,
        kind: "superchat",
        content: "!",
        amount_micros: 30_000_000,
        currency: "CNY",
        pin_ms: 60_000,
      },
      {
        ...base,
        kind: "gift",
        gift_id: "1",
        gift_name: "x",
        count: 2,
        amount_micros: 10_000,
        currency: "USD",
      },
      { ...base, kind: "like", count: 1 },
      { ...base, kind: "enter" },
      { ...base, kind: "like", count: 1 },
      { ...base, kind: "recall", target: { id: "a" } },
      { ...base, kind: "room-event", event: { type: "live" } },
    ];
    const { xml, omitted } = writeBilibiliXml(records);

    assert.match(xml, /<sc ts="0" user="甲" uid="u1" price="30" time="60">!<\/sc>/);
    assert.match(
      xml,
      /<gift ts="0" user="甲" uid="u1" currency="USD" giftname="x" giftid="1" giftcount="2" price="0.01"><\/gift>/,
    );
    assert.deepEqual(omitted, { like: 2, enter: 1, recall: 1, "room-event": 1 });
  });

  it("[FI-13] writes any record of a room so that it can be read", () => {
    fc.assert(
      fc.property(fc.array(item, { maxLength: 6 }), (items) => {
        const { xml, omitted } = writeBilibiliXml(items);
        const { rows, skippedByReason } = parseBilibiliXml(xml);
        const left = Object.values(omitted).reduce((sum, count) => sum + count, 0);
        const unread = Object.entries(skippedByReason)
          .filter(([reason]) => !reason.includes("program"))
          .map(([reason]) => reason);

        assert.deepEqual(
          unread.filter((reason) => reason !== "giftname is missing"),
          [],
        );
        assert.equal(rows.length + left + (skippedByReason["giftname is missing"] ?? 0), items.length);
      }),
    );
  });

  it("[FI-14] writes a record of a file with the file's own fields", () => {
    const xml = `<i><d p="1.5,2,25,255,1615000000123,11,70e36298,18446744073709551615,10">x</d></i>`;
    const row = parseBilibiliXml(xml).danmaku[0]!;
    const { content, mode, color, size, pts_ms = 0, origin } = row;
    const author = { uid: "70e36298", name: "70e36298", role: "viewer" } as const;
    const imported: Item = {
      ...base,
      author,
      kind: "danmaku",
      content,
      mode,
      color,
      size,
      pts_ms,
      ...(origin && { origin }),
    };

    assert.deepEqual(parseBilibiliXml(writeBilibiliXml([imported]).xml).danmaku, [row]);
    const unknown: Item = { ...imported, author: { uid: "imported", name: "imported", role: "viewer" } };
    assert.deepEqual(parseBilibiliXml(writeBilibiliXml([unknown]).xml).danmaku, [row]);
    const named: Item = { ...imported, author: { ...author, name: "甲" } };
    assert.deepEqual(parseBilibiliXml(writeBilibiliXml([named]).xml).danmaku, [{ ...row, sender: "甲" }]);
  });

  it("[FI-14] writes the number of a mode that was changed since", () => {
    const row = parseBilibiliXml(`<i><d p="0,3,25,255,1,0,x,1">x</d></i>`).danmaku[0]!;

    assert.match(writeBilibiliXml([row]).xml, /p="0,3,/);
    assert.match(writeBilibiliXml([{ ...row, mode: "bottom" }]).xml, /p="0,4,/);
  });

  it("[FI-6] writes back a colour that was none", () => {
    const row = parseBilibiliXml(`<i><d p="0,1,25,undefined,1,0,x,1">x</d></i>`).danmaku[0]!;

    assert.match(writeBilibiliXml([row]).xml, /p="0,1,25,undefined,1,0,x,1"/);
    assert.match(writeBilibiliXml([{ ...row, color: 1 }]).xml, /p="0,1,25,1,1,0,x,1"/);
  });

  it("[FI-11] makes the header that Bilibili's files have", () => {
    const { header } = parseBilibiliXml(writeBilibiliXml([], bilibiliHeader("42")).xml);

    assert.deepEqual(header.map(({ name, text }) => [name, text]).slice(0, 3), [
      ["chatserver", ""],
      ["chatid", "42"],
      ["mission", "0"],
    ]);
  });
});
