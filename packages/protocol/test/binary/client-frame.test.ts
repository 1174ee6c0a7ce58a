import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { decodeBinaryClientFrame, decodeClientFrame, encodeClientFrame, MODES } from "../../src/index.ts";
import type { ClientFrame } from "../../src/index.ts";

const any = fc.oneof(
  fc.string({ unit: "grapheme", maxLength: 130 }),
  fc.constantFrom("", "hi", "弹幕", "\u0007"),
);
const number = fc.oneof(
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.integer({ min: -5, max: 200 }),
);

/** Frames of clients, good and bad ones, as far as their types allow. */
const anyClientFrame = fc.oneof(
  fc.record({ type: fc.constant("ping"), t: number, seq: number }, { requiredKeys: ["type"] }),
  fc.record(
    { type: fc.constant("like"), count: number, client_msg_id: any },
    { requiredKeys: ["type", "count"] },
  ),
  fc.record(
    {
      type: fc.constant("danmu"),
      content: any,
      mode: fc.constantFrom(...MODES),
      color: fc.oneof(number, fc.constantFrom("#ff00aa", "#FFFFFF")),
      size: number,
      pts_ms: number,
      client_msg_id: any,
    },
    { requiredKeys: ["type", "content"] },
  ),
) as fc.Arbitrary<unknown> as fc.Arbitrary<ClientFrame>;

const judged = (decode: () => ReturnType<typeof decodeClientFrame>): unknown => {
  const frame = decode();
  return frame.type === "invalid" ? { ...frame, error: frame.error.code } : frame;
};

describe("binary client frames", () => {
  it("[PR-34] are judged as their JSON is", () => {
    fc.assert(
      fc.property(anyClientFrame, (frame) => {
        const text = JSON.stringify(frame);
        let binary: Uint8Array;
        try {
          binary = encodeClientFrame(frame);
        } catch (error) {
          // Only a colour that is none is noticed before it is sent.
          assert.match(JSON.stringify(judged(() => decodeClientFrame(text, 100))), /"invalid"/);
          assert.equal((error as { code?: string }).code, "BARRAGE_BAD_FIELD");
          return;
        }
        // JSON has no -0.
        const plain = JSON.parse(JSON.stringify(judged(() => decodeBinaryClientFrame(binary, 100))));
        assert.deepEqual(plain, JSON.parse(JSON.stringify(judged(() => decodeClientFrame(text, 100)))));
      }),
      { numRuns: 2_000 },
    );
  });

  it("[PR-34] gives a frame or BARRAGE_BAD_FRAME for whatever bytes", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (input) => {
        try {
          assert.ok(decodeBinaryClientFrame(input, 100).type.length > 0);
        } catch (error) {
          assert.equal((error as { code?: string }).code, "BARRAGE_BAD_FRAME");
        }
      }),
      { numRuns: 5_000 },
    );
    assert.throws(() => decodeBinaryClientFrame(Uint8Array.of(99), 100), { code: "BARRAGE_BAD_FRAME" });
    assert.throws(() => decodeBinaryClientFrame(new Uint8Array(), 100), { code: "BARRAGE_BAD_FRAME" });
  });
});
