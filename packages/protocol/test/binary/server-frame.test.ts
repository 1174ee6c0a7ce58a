import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { BarrageError, decodeServerFrame, encodeServerFrame, NO_POLICIES } from "../../src/index.ts";
import type { ServerFrame } from "../../src/index.ts";
import { anyServerFrame } from "./arbitrary.ts";

const bytes = (hex: string): Uint8Array => Uint8Array.from(Buffer.from(hex.replaceAll(" ", ""), "hex"));

/** What decoding gives: a frame, `undefined`, or the code of the error. */
function outcome(input: Uint8Array): unknown {
  try {
    return decodeServerFrame(input);
  } catch (error) {
    assert.ok(BarrageError.is(error), String(error));
    return error.code;
  }
}

describe("binary server frames", () => {
  it("[PR-30] come back from their bytes as they were", () => {
    fc.assert(
      fc.property(anyServerFrame, (frame) => {
        assert.deepEqual(decodeServerFrame(encodeServerFrame(frame)), frame);
      }),
      { numRuns: 2_000 },
    );
  });

  it("[PR-30] are smaller than their JSON", () => {
    const author = { uid: "u-1024", name: "小明", role: "viewer" } as const;
    const items = Array.from({ length: 30 }, (_, i) => ({
      kind: "danmaku" as const,
      id: `01JD3Z8Q9X${i}`,
      at: 1_763_719_200_000 + i,
      author,
      content: "前方高能",
      mode: "scroll" as const,
      color: 0xffffff,
      size: 25,
      seq: 70_000 + i,
      n: 900 + i,
    }));
    const frame: ServerFrame = {
      type: "batch",
      room_id: "demo",
      prev: 69_999,
      seq: 70_029,
      count: 30,
      items,
    };

    assert.ok(encodeServerFrame(frame).length * 2 < Buffer.byteLength(JSON.stringify(frame)));
  });

  it("[PR-31] refuses any cut with BARRAGE_BAD_FRAME", () => {
    fc.assert(
      fc.property(anyServerFrame, fc.double({ min: 0, max: 1, maxExcluded: true }), (frame, share) => {
        const whole = encodeServerFrame(frame);

        assert.equal(outcome(whole.subarray(0, Math.floor(whole.length * share))), "BARRAGE_BAD_FRAME");
      }),
    );
  });

  it("[PR-31] gives a frame, nothing or BARRAGE_BAD_FRAME for whatever bytes", () => {
    const spoilt = fc
      .tuple(anyServerFrame, fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 4 }))
      .map(([frame, changes]) => {
        const input = encodeServerFrame(frame);
        for (const [at, value] of changes) input[at % input.length] = value;
        return input;
      });
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 400 }), spoilt), (input) => {
        const result = outcome(input);
        assert.ok(result === undefined || result === "BARRAGE_BAD_FRAME" || typeof result === "object");
      }),
      { numRuns: 5_000 },
    );
  });

  it("[PR-31] takes no memory that the bytes do not hold", () => {
    // A batch that claims 2^53 - 1 items, and one whose text claims as many bytes.
    for (const claim of ["02 00 00 00 00 00 ff ff ff ff ff ff ff 0f", "02 00 ff ff ff ff ff ff ff 0f"]) {
      assert.equal(outcome(bytes(claim)), "BARRAGE_BAD_FRAME");
    }
  });

  it("[PR-32] passes over frames, items and fields of a newer writer", () => {
    assert.equal(outcome(bytes("63 01 02 03")), undefined);
    const viewers = { type: "viewers", room_id: "r", count: 5 };
    assert.deepEqual(outcome(bytes("06 01 72 05 ff ff")), viewers, "bytes behind the last field");
    // A batch of two: an item of kind 99 with three bytes, and an `enter` with one byte more than is known.
    const enter = "05 00 07 01 01 69 00 00 00 00 00 00 00 00 01 75 01 6e 00 ee";
    const batch = bytes(`02 00 01 72 06 07 02 02 04 63 aa bb cc 14 ${enter}`);
    const items = [
      { kind: "enter", seq: 7, n: 1, id: "i", at: 0, author: { uid: "u", name: "n", role: "viewer" } },
    ];
    assert.deepEqual(outcome(batch), { type: "batch", room_id: "r", prev: 6, seq: 7, count: 2, items });
  });

  it("[PR-32] later fields of a frame are absent where an older writer had none, and those of a newer one are passed over", () => {
    const snapshot = {
      type: "snapshot",
      room: { id: "r", title: "", owner: "o", live: false, closed: false, slow_mode_s: 0, head: 1, n: 1 },
      you: null,
      viewers: 0,
      items: [],
      head: 1,
      resumed: true,
      limits: { content_max: 1, heartbeat_ms: 1 },
      ts: 0,
    } as const;
    const older = encodeServerFrame(snapshot);
    assert.deepEqual(outcome(older), snapshot);
    const newer = encodeServerFrame({ ...snapshot, policies: NO_POLICIES });
    assert.deepEqual(outcome(newer), { ...snapshot, policies: NO_POLICIES });
    assert.deepEqual(outcome(Uint8Array.of(...older, 2, 99, 99)), snapshot);
    assert.deepEqual(outcome(Uint8Array.of(...newer, 99)), { ...snapshot, policies: NO_POLICIES });
    assert.equal(outcome(newer.subarray(0, older.length + 1)), "BARRAGE_BAD_FRAME");
  });

  it("[PR-33] an integer has one form, of at most 2^53 - 1", () => {
    const viewers = (count: string) => outcome(bytes(`06 01 72 ${count}`));
    const count = (value: number) => ({ type: "viewers", room_id: "r", count: value });

    for (const value of [
      0,
      127,
      128,
      16_383,
      16_384,
      2 ** 31 - 1,
      2 ** 31,
      2 ** 32,
      Number.MAX_SAFE_INTEGER,
    ]) {
      const frame = { type: "viewers", room_id: "r", count: value } as const;
      assert.deepEqual(outcome(encodeServerFrame(frame)), frame);
    }
    assert.deepEqual(viewers("80 01"), count(128));
    assert.deepEqual(viewers("ff ff ff ff ff ff ff 0f"), count(Number.MAX_SAFE_INTEGER));
    assert.equal(viewers("80 80 80 80 80 80 80 10"), "BARRAGE_BAD_FRAME", "2^53");
    assert.equal(viewers("80 00"), "BARRAGE_BAD_FRAME", "0 in two bytes");
    assert.equal(viewers("80 80 80 80 80 80 80 80 80 01"), "BARRAGE_BAD_FRAME");
  });

  it("[PR-33] a text is UTF-8, a flag 0 or 1, a number finite", () => {
    assert.equal(outcome(bytes("06 01 ff 05")), "BARRAGE_BAD_FRAME");
    assert.equal(outcome(bytes("05 00 00 00 02")), "BARRAGE_BAD_FRAME");
    assert.equal(outcome(bytes("07 00 7f f0 00 00 00 00 00 00")), "BARRAGE_BAD_FRAME");
    // Texts at and beyond the length that is read without the decoder, and one with a byte order mark.
    for (const text of ["a".repeat(64), "a".repeat(65), "弹".repeat(43), `\u{feff}x`, "x".repeat(200)]) {
      const frame = { type: "viewers", room_id: text, count: 1 } as const;
      assert.deepEqual(outcome(encodeServerFrame(frame)), frame);
    }
  });
});
