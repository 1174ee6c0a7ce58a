import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { parseBilibiliXml, SKIPPED_PLACES_MAX } from "../../src/index.ts";

const file = (...rows: readonly string[]): string => `<?xml version="1.0"?>\n<i>\n${rows.join("\n")}\n</i>`;
const d = (p: string, text = "hi"): string => `<d p="${p}">${text}</d>`;
const one = (p: string) => parseBilibiliXml(file(d(p))).danmaku[0];

describe("parseBilibiliXml", () => {
  it("[FI-1] reads a row of eight fields with a 64-bit id and a time that floats do not hold", () => {
    assert.deepEqual(one("481.89400,1,25,16777215,1653692078,0,70e36298,18446744073709551615"), {
      kind: "danmaku",
      content: "hi",
      mode: "scroll",
      pts_ms: 481894,
      size: 25,
      color: 0xffffff,
      origin: {
        sender: "70e36298",
        row_id: "18446744073709551615",
        pool: 0,
        mode: 1,
        sent_at: 1653692078,
        sent_at_unit: "s",
      },
    });
  });

  it("[FI-1] reads the weight of a row of nine fields", () => {
    assert.equal(one("0,1,25,0,1,0,x,1,11")?.origin?.weight, 11);
    assert.equal("weight" in (one("0,1,25,0,1,0,x,1")?.origin ?? {}), false);
  });

  it("[FI-1] refuses seven and ten fields", () => {
    const { danmaku, skipped } = parseBilibiliXml(file(d("0,1,25,0,1,0,x"), d("0,1,25,0,1,0,x,1,2,3")));

    assert.equal(danmaku.length, 0);
    assert.deepEqual(
      skipped.map(({ row, line }) => [row, line]),
      [
        [1, 3],
        [2, 4],
      ],
    );
  });

  it("[FI-2] takes a time of sending as milliseconds from 1e11 + 1 on", () => {
    const unit = (sent: number) => one(`0,1,25,0,${sent},0,x,1`)?.origin?.sent_at_unit;

    assert.equal(unit(1e11 - 1), "s");
    assert.equal(unit(1e11), "s");
    assert.equal(unit(1e11 + 1), "ms");
    assert.equal(one("0,1,25,0,1615000000123,0,x,1")?.origin?.sent_at, 1615000000123);
  });

  it("[FI-3] maps modes 1 to 6 and keeps their numbers", () => {
    const modes = [1, 2, 3, 4, 5, 6].map((mode) => one(`0,${mode},25,0,1,0,x,1`));

    assert.deepEqual(
      modes.map((row) => [row?.mode, row?.origin?.mode]),
      [
        ["scroll", 1],
        ["scroll", 2],
        ["scroll", 3],
        ["bottom", 4],
        ["top", 5],
        ["reverse", 6],
      ],
    );
  });

  it("[FI-4] keeps programs as special rows, apart from danmaku, and reports them", () => {
    const xml = file(
      d("1,7,25,0,1,0,x,1", "[0,0]"),
      d("2,8,25,0,1,2,x,2"),
      d("3,9,25,0,1,2,x,3"),
      d("4,1,25,0,1,0,x,4"),
    );
    const { rows, danmaku, skipped } = parseBilibiliXml(xml);

    assert.deepEqual(
      rows.map((row) => row.kind),
      ["special", "special", "special", "danmaku"],
    );
    assert.equal(rows[0]?.kind === "special" && rows[0].origin.mode, 7);
    assert.equal(danmaku.length, 1);
    assert.deepEqual(skipped[0], { row: 1, line: 3, reason: "a danmaku of mode 7 is a program, not text" });
    assert.equal(skipped.length, 3);
  });

  it("[FI-5] names each field that cannot be read and goes on", () => {
    const bad = [
      "x,1,25,0,1,0,x,1",
      "-1,1,25,0,1,0,x,1",
      "9007199254740.992,1,25,0,1,0,x,1",
      "0,0,25,0,1,0,x,1",
      "0,10,25,0,1,0,x,1",
      "0,1,0,0,1,0,x,1",
      "0,1,1001,0,1,0,x,1",
      "0,1,25,0,soon,0,x,1",
      "0,1,25,0,1,-1,x,1",
      "0,1,25,0,1,0,名,1",
      "0,1,25,0,1,0,x,1,?",
    ];
    const { danmaku, skipped, skippedByReason } = parseBilibiliXml(
      file(
        ...bad.map((p) => d(p)),
        "<d>no p</d>",
        "<d p='0,1,25,0,1,0,x,1'><b/></d>",
        d("0,1,25,0,1,0,x,1", "last"),
      ),
    );

    assert.deepEqual(
      danmaku.map((row) => row.content),
      ["last"],
    );
    assert.equal(skipped.length, bad.length + 2);
    assert.deepEqual(skippedByReason, {
      "the time is not a number of seconds": 3,
      "the mode is not 1 to 9": 2,
      "the size is not a font size": 2,
      "the time of sending is not a unix time": 1,
      "the pool is not a number": 1,
      "a field is not plain text": 1,
      "the weight is not a number": 1,
      "p is missing": 1,
      "it has elements inside": 1,
    });
  });

  it("[FI-5] takes the largest size and time", () => {
    assert.equal(one("9007199254740.991,1,1000,0,1,0,x,1")?.pts_ms, Number.MAX_SAFE_INTEGER);
    assert.equal(one("0,1,1000,0,1,0,x,1")?.size, 1000);
  });

  it("[FI-5] keeps the first thousand places and counts all", () => {
    for (const count of [SKIPPED_PLACES_MAX - 1, SKIPPED_PLACES_MAX, SKIPPED_PLACES_MAX + 1]) {
      const { skipped, skippedByReason } = parseBilibiliXml(file(d("?").repeat(count)));

      assert.equal(skipped.length, Math.min(count, SKIPPED_PLACES_MAX));
      assert.equal(skippedByReason["p has not 8 or 9 fields"], count);
    }
  });

  it("[FI-6] shows a colour that is none as white and keeps what was written", () => {
    const { danmaku, noted, skipped } = parseBilibiliXml(
      file(d("0,1,25,undefined,1,0,x,1"), d("0,1,25,16777216,1,0,x,1"), d("0,1,25,16777215,1,0,x,1")),
    );

    assert.deepEqual(
      danmaku.map((row) => [row.color, row.origin?.color_text]),
      [
        [0xffffff, "undefined"],
        [0xffffff, "16777216"],
        [0xffffff, undefined],
      ],
    );
    assert.deepEqual(noted, { "the colour is not 0 to 16777215: white is shown": 2 });
    assert.equal(skipped.length, 0);
  });

  it("[FI-9] says where the XML is broken", () => {
    assert.throws(() => parseBilibiliXml("<i>\n<d p='1'>a < b</d></i>"), {
      code: "FILES_BAD_XML",
      fields: { line: 2, column: 13 },
    });
    assert.throws(() => parseBilibiliXml("<i><d>"), { code: "FILES_BAD_XML" });
    assert.throws(() => parseBilibiliXml(""), { code: "FILES_BAD_XML" });
    assert.throws(() => parseBilibiliXml("<i/><i/>"), { code: "FILES_BAD_XML" });
    assert.throws(() => parseBilibiliXml("<i>&lol;</i>"), { code: "FILES_BAD_XML" });
  });

  it("[FI-9] refuses XML of another kind", () => {
    assert.throws(() => parseBilibiliXml("<html><i/></html>"), { code: "FILES_NOT_DANMAKU" });
  });

  it("[FI-10] reads the recorder's rows", () => {
    const { rows, skippedByReason } = parseBilibiliXml(
      file(
        `<d p="1.5,1,25,1,1615000000123,0,42,0" user="甲" raw="{&quot;a&quot;:1}">hi</d>`,
        `<sc ts="2" user="乙" price="30.5" time="60" raw="[]">thanks</sc>`,
        `<gift ts="3" user="丙" uid="7" giftname="辣条" giftcount="10"/>`,
        `<guard ts="4" user="丁" level="3" count="1"/>`,
        `<gift ts="5" user="戊" giftname="" giftcount="1"/>`,
        `<sc ts="x" price="1">bad</sc>`,
      ),
    );

    assert.equal(rows[0]?.sender, "甲");
    assert.equal(rows[0]?.raw, `{"a":1}`);
    assert.deepEqual(rows.slice(1), [
      {
        kind: "superchat",
        content: "thanks",
        pin_ms: 60_000,
        pts_ms: 2000,
        amount_micros: 30_500_000,
        currency: "CNY",
        sender: "乙",
        raw: "[]",
      },
      {
        kind: "gift",
        gift_name: "辣条",
        gift_id: "辣条",
        count: 10,
        pts_ms: 3000,
        amount_micros: 0,
        currency: "CNY",
        uid: "7",
        sender: "丙",
      },
    ]);
    assert.deepEqual(skippedByReason, {
      "a membership (guard) has no record kind here": 1,
      "giftname is missing": 1,
      "ts is not a number of seconds": 1,
    });
  });

  it("[FI-11] keeps plain header elements and notes what it drops", () => {
    const { header, rows, noted } = parseBilibiliXml(
      `<i><chatid>580770634</chatid><BililiveRecorderRecordInfo roomid="1" name="a&amp;b"/>` +
        `<BililiveRecorderXmlStyle><s><t>x</t></s></BililiveRecorderXmlStyle>` +
        `<d p="0,1,25,0,1,0,x,1" shiny="1">hi</d></i>`,
    );

    assert.deepEqual(header, [
      { name: "chatid", text: "580770634", attributes: {} },
      { name: "BililiveRecorderRecordInfo", text: "", attributes: { roomid: "1", name: "a&b" } },
    ]);
    assert.equal(rows.length, 1);
    assert.deepEqual(noted, {
      "an element that is neither a row nor a plain header element was dropped": 1,
      "an attribute nobody here knows was dropped": 1,
    });
  });

  it("[FI-11] is not confused by an element named as a field of every object", () => {
    const { header, rows } = parseBilibiliXml(
      `<i><__proto__ a="1">x</__proto__><d p="0,1,25,0,1,0,x,1" __proto__="1">y</d></i>`,
    );

    assert.deepEqual(header, [{ name: "__proto__", text: "x", attributes: { a: "1" } }]);
    assert.equal(rows.length, 1);
  });
});
