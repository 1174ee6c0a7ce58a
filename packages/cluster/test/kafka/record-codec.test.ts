import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { danmaku } from "@barrage/testkit";
import * as fc from "fast-check";
import { decodeRecord, encodeRecord, sizeOf, type RecordContent } from "../../src/kafka/record-codec.ts";

const text = fc.string({ unit: "grapheme", minLength: 1, maxLength: 40 });
const contents: fc.Arbitrary<RecordContent> = fc
  .record({
    room: text,
    content: text,
    id: text,
    live: fc.boolean(),
    key: fc.option(fc.record({ scope: text, id: text }, { noNullPrototype: true }), { nil: undefined }),
    trace: fc.option(text, { nil: undefined }),
  })
  .map(({ room, content, id, live, key, trace }) => ({
    room,
    entry: danmaku(id, { content, ...(trace === undefined ? {} : { trace }) }),
    live,
    ...(key === undefined ? {} : { key }),
  }));

describe("a record of the topic", () => {
  it("[KL-5] is decoded as it was encoded, whatever its texts", () => {
    fc.assert(
      fc.property(contents, (content) => {
        const { key, value, headers } = encodeRecord(content);

        assert.deepEqual(decodeRecord(key, value, headers), { content });
      }),
    );
  });

  it("[KL-5] has the room as its key, so that a room is in one partition", () => {
    assert.equal(encodeRecord({ room: "弹幕", entry: danmaku("d1"), live: true }).key.toString(), "弹幕");
  });

  it("[KL-6] from somebody else is a fault with a reason, for any bytes", () => {
    const bytes = fc.option(fc.uint8Array({ maxLength: 60 }).map((array) => Buffer.from(array)));
    const headers = fc.array(fc.tuple(bytes, bytes), { maxLength: 4 });
    fc.assert(
      fc.property(bytes, bytes, headers, (key, value, pairs) => {
        const decoded = decodeRecord(key, value, pairs);

        assert.equal("fault" in decoded && decoded.fault.length > 0, true);
      }),
    );
  });

  it("[KL-6] whose format is ours and whose value is not is a fault", () => {
    const { key, headers } = encodeRecord({ room: "a", entry: danmaku("d1"), live: true });

    for (const value of ["", "null", "[]", "{}", '{"kind":"danmaku"}', "no json"]) {
      assert.deepEqual(decodeRecord(key, Buffer.from(value), headers), { fault: "its value is no entry" });
    }
  });

  it("[KL-8] has the trace context of its entry as the header of that name, and none without", () => {
    const trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    const headerOf = (entry: RecordContent["entry"]) => {
      const { headers } = encodeRecord({ room: "a", entry, live: true });
      return [...headers].flatMap(([name, value]) =>
        name.toString() === "traceparent" ? [value.toString()] : [],
      );
    };

    assert.deepEqual(headerOf(danmaku("d1", { trace })), [trace]);
    assert.deepEqual(headerOf(danmaku("d2")), []);
  });

  it("counts the bytes of key, value and headers", () => {
    const record = encodeRecord({ room: "ab", entry: danmaku("d1"), live: false });
    const { value } = record;

    // "barrage" "1", "imported" "1".
    assert.equal(sizeOf(record), 2 + value.length + 7 + 1 + 8 + 1);
  });
});
