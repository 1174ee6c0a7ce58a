import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { BarrageError, decodeClientFrame, LIKES_PER_FRAME_MAX } from "../../src/index.ts";

const decode = (value: unknown) => decodeClientFrame(JSON.stringify(value), 100);
/** The code of an `invalid` frame, or the frame's type. */
const outcome = (value: unknown): string => {
  const frame = decode(value);
  return frame.type === "invalid" ? frame.error.code : frame.type;
};

describe("decodeClientFrame", () => {
  it("[PR-10] reads the three types", () => {
    assert.deepEqual(decode({ type: "ping" }), { type: "ping" });
    assert.deepEqual(decode({ type: "like" }), { type: "like", count: 1 });
    assert.deepEqual(decode({ type: "danmu", content: "hi", client_msg_id: "1" }), {
      type: "danmu",
      publish: { content: "hi", mode: "scroll", color: 0xffffff, size: 25, client_msg_id: "1" },
    });
  });

  it("[PR-10] refuses what is no frame", () => {
    const texts = [
      "",
      "x",
      "{",
      "null",
      "1",
      "[]",
      `"ping"`,
      "{}",
      `{"type":"pong"}`,
      `{"type":1}`,
      `{"type":"toString"}`,
    ];
    for (const text of texts)
      assert.throws(() => decodeClientFrame(text, 100), { code: "BARRAGE_BAD_FRAME" }, text);
    assert.throws(() => decodeClientFrame("[".repeat(16_000), 100), { code: "BARRAGE_BAD_FRAME" });
  });

  it("[PR-11] tells the sender of a wrong field and keeps the connection", () => {
    assert.equal(outcome({ type: "danmu", content: "" }), "BARRAGE_CONTENT_EMPTY");
    assert.equal(outcome({ type: "danmu", content: "a".repeat(101) }), "BARRAGE_CONTENT_TOO_LONG");
    assert.equal(outcome({ type: "danmu" }), "BARRAGE_BAD_FIELD");
    assert.equal(outcome({ type: "danmu", content: "hi", room_id: "r" }), "BARRAGE_BAD_FIELD");
    assert.equal(outcome({ type: "like", count: 0 }), "BARRAGE_BAD_FIELD");
    assert.equal(outcome({ type: "ping", x: 1 }), "BARRAGE_BAD_FIELD");
  });

  it("[PR-11] echoes the id only if it is valid", () => {
    const echo = (id: unknown) => {
      const frame = decode({ type: "danmu", content: "", client_msg_id: id });
      return frame.type === "invalid" ? frame.client_msg_id : "not invalid";
    };

    assert.equal(echo("a-1"), "a-1");
    assert.equal(echo("a b"), undefined);
    assert.equal(echo("x".repeat(65)), undefined);
    assert.equal(echo(1), undefined);
  });

  it("[PR-12] any text is a frame or BARRAGE_BAD_FRAME", () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string({ unit: "binary" }),
          fc.json(),
          fc.json().map((json) => json.slice(1)),
        ),
        (text) => {
          try {
            decodeClientFrame(text, 100);
          } catch (error) {
            assert.equal(BarrageError.is(error) && error.code, "BARRAGE_BAD_FRAME");
          }
        },
      ),
      { numRuns: 2000 },
    );
  });

  it("[PR-12] any bytes are a frame or BARRAGE_BAD_FRAME", () => {
    const utf8 = new TextDecoder();
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        try {
          decodeClientFrame(utf8.decode(bytes), 100);
        } catch (error) {
          assert.equal(BarrageError.is(error) && error.code, "BARRAGE_BAD_FRAME");
        }
      }),
    );
  });

  it("[PR-12] any object of a known type is that frame or invalid, with values of any kind", () => {
    const value = fc.oneof(
      fc.jsonValue(),
      fc.double(),
      fc.string({ unit: "binary" }),
      fc.constantFrom("hi", 1, 100, "a-1"),
    );
    const frame = fc.record(
      {
        type: fc.constantFrom("ping", "danmu", "like"),
        content: value,
        mode: value,
        color: value,
        size: value,
        pts_ms: value,
        client_msg_id: value,
        count: value,
        t: value,
        seq: value,
      },
      { requiredKeys: ["type"] },
    );
    fc.assert(
      fc.property(frame, (made) => {
        const decoded = decode(made);

        assert.ok(decoded.type === made.type || decoded.type === "invalid");
        if (decoded.type === "invalid") assert.match(decoded.error.code, /^BARRAGE_(BAD_FIELD|CONTENT_\w+)$/);
      }),
      { numRuns: 2000 },
    );
  });

  it("[PR-13] takes 1 to 100 likes", () => {
    const likes = [0, 1, 2, LIKES_PER_FRAME_MAX - 1, LIKES_PER_FRAME_MAX, LIKES_PER_FRAME_MAX + 1, 1.5, "1"];

    assert.deepEqual(
      likes.map((count) => outcome({ type: "like", count })),
      [
        "BARRAGE_BAD_FIELD",
        "like",
        "like",
        "like",
        "like",
        "BARRAGE_BAD_FIELD",
        "BARRAGE_BAD_FIELD",
        "BARRAGE_BAD_FIELD",
      ],
    );
    assert.equal(LIKES_PER_FRAME_MAX, 100);
  });

  it("[PR-13] gives back the ping's numbers", () => {
    assert.deepEqual(decode({ type: "ping", t: 1.5, seq: 7 }), { type: "ping", t: 1.5, seq: 7 });
    assert.deepEqual(decode({ type: "ping", t: 0, seq: Number.MAX_SAFE_INTEGER }), {
      type: "ping",
      t: 0,
      seq: Number.MAX_SAFE_INTEGER,
    });
    for (const wrong of [{ t: -1 }, { t: "1" }, { seq: -1 }, { seq: 1.5 }, { seq: 2 ** 53 }]) {
      assert.equal(outcome({ type: "ping", ...wrong }), "BARRAGE_BAD_FIELD");
    }
  });
});
