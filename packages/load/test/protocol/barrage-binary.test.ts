import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { encodeServerFrame } from "@barrage/protocol";
import type { BatchFrame, Item } from "@barrage/protocol";
import fc from "fast-check";
import { barrageBinary, binaryBatchHeader } from "../../src/protocol/barrage-binary.ts";
import { FrameCutter, PEEK_BYTES } from "../../src/protocol/frame-cutter.ts";

const item = (seq: number, content: string): Item => ({
  kind: "danmaku",
  seq,
  n: seq,
  id: `d${seq}`,
  at: 1,
  author: { uid: "u", name: "u", role: "viewer" },
  content,
  mode: "scroll",
  color: 0,
  size: 25,
});

const batch = (changes: Partial<BatchFrame> = {}): BatchFrame => ({
  type: "batch",
  room_id: "demo",
  prev: 41,
  seq: 43,
  count: 1,
  items: [item(43, "前方高能")],
  ...changes,
});

const header = (bytes: Uint8Array) => binaryBatchHeader(Buffer.from(bytes), 0, bytes.length)?.header;

const PLACE = fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER });

describe("the header of a binary batch", () => {
  it("[LD-85] is read from the first bytes, wherever they lie and whatever follows", () => {
    fc.assert(
      fc.property(
        fc.record({ prev: PLACE, seq: PLACE, count: PLACE }),
        fc.string({ unit: fc.constantFrom("r", "_", "9"), minLength: 1, maxLength: 64 }),
        fc.nat(20),
        (numbers, room_id, before) => {
          const bytes = encodeServerFrame(batch({ ...numbers, room_id, window_ms: 25 }));
          const lent = Buffer.concat([Buffer.alloc(before, 0xff), bytes]).subarray(0, before + PEEK_BYTES);

          assert.deepEqual(binaryBatchHeader(lent, before, lent.length)?.header, { ...numbers, shed: 0 });
        },
      ),
    );
  });

  it("[LD-85] is none where the batch says that records were withheld, and in other frames", () => {
    const pong = encodeServerFrame({ type: "pong", ts: 1, viewers: 2 });

    assert.equal(header(encodeServerFrame(batch({ shed: { count: 7, reason: "slow" } }))), undefined);
    assert.equal(header(pong), undefined);
    assert.equal(header(new Uint8Array()), undefined);
  });

  it("[LD-85] that ends too early, or has an integer without an end, is LOAD_BAD_STREAM", () => {
    const whole = encodeServerFrame(batch({ items: [] }));
    // Tag, bits, room (5), prev, seq, count; one more byte says that there are no items.
    for (let length = 1; length < whole.length - 1; length += 1)
      assert.throws(() => header(whole.subarray(0, length)), { code: "LOAD_BAD_STREAM" }, String(length));
    assert.equal(header(whole.subarray(0, whole.length - 1))?.count, 1);
    assert.throws(() => header(Uint8Array.of(2, 0, 0, ...Array.from({ length: 9 }, () => 255))), {
      code: "LOAD_BAD_STREAM",
    });
  });

  it("[LD-85] is asked for once a frame, however the stream is cut; unwanted items are not kept", () => {
    const frames = [batch(), batch({ prev: 43, seq: 44, items: [item(44, "弹".repeat(300))] })];
    const stream = Buffer.concat(
      frames.map((frame) => {
        const bytes = encodeServerFrame(frame);
        const head = bytes.length < 126 ? [bytes.length] : [126, bytes.length >> 8, bytes.length & 255];
        return Buffer.from([0x82, ...head, ...bytes]);
      }),
    );
    for (const step of [1, 7, 200, stream.length]) {
      const got: unknown[] = [];
      const cutter = new FrameCutter({
        messages: "binary",
        wants: (bytes, start, end) => got.push(binaryBatchHeader(bytes, start, end)?.header) > 1,
        message: (payload) => got.push(payload && barrageBinary.decode(payload)),
        ping: () => assert.fail("a ping"),
        close: () => assert.fail("a close"),
      });

      for (let at = 0; at < stream.length; at += step) cutter.push(stream.subarray(at, at + step));

      const [first, second] = frames.map(({ prev, seq, count }) => ({ prev, seq, count, shed: 0 }));
      assert.deepEqual(got, [first, undefined, second, frames[1]]);
    }
  });
});
