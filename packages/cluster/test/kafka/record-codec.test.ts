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
    traceparent: fc.option(text, { nil: undefined }),
  })
  .map(({ room, content, id, live, key, traceparent }) => ({
    room,
    entry: danmaku(id, { content }),
    live,
    ...(key === undefined ? {} : { key }),
    ...(traceparent === undefined ? {} : { traceparent }),
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

  it("counts the bytes of key, value and headers", () => {
    const record = encodeRecord({ room: "ab", entry: danmaku("d1"), live: false });
    const { value } = record;

    // "barrage" "1", "imported" "1".
    assert.equal(sizeOf(record), 2 + value.length + 7 + 1 + 8 + 1);
  });
});
