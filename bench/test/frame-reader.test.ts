import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { FrameReader } from "../load/frame-reader.ts";
import type { BatchHeader } from "../load/frame-reader.ts";
import { parseReply } from "../load/http-lane.ts";
import { report } from "../load/deliveries.ts";

/** A server's frame: not masked, not fragmented. */
function frame(text: string, opcode = 1): Buffer {
  const payload = Buffer.from(text);
  const { length } = payload;
  if (length < 126) return Buffer.concat([Buffer.from([0x80 | opcode, length]), payload]);
  const head = Buffer.alloc(length < 65_536 ? 4 : 10);
  head[0] = 0x80 | opcode;
  head[1] = length < 65_536 ? 126 : 127;
  if (length < 65_536) head.writeUInt16BE(length, 2);
  else head.writeBigUInt64BE(BigInt(length), 2);
  return Buffer.concat([head, payload]);
}

const batch = (prev: number, seq: number, items: readonly object[], shed?: number): string =>
  JSON.stringify({
    type: "batch",
    room_id: "bench",
    prev,
    seq,
    count: items.length,
    ...(shed === undefined ? {} : { shed: { count: shed, reason: "slow" } }),
    items,
  });

interface Read {
  readonly headers: BatchHeader[];
  readonly texts: string[];
  readonly closes: number[];
}

/** Reads `bytes` in pieces cut at these lengths; every batch's text is kept when `keep`. */
function read(bytes: Buffer, cuts: readonly number[], keep: boolean): Read {
  const got: Read = { headers: [], texts: [], closes: [] };
  const reader = new FrameReader({
    batch: (header) => got.headers.push(header),
    wantsText: () => keep,
    text: (json) => got.texts.push(json),
    close: (code) => got.closes.push(code),
  });
  let at = 0;
  for (const cut of [...cuts, bytes.length]) {
    // A copy that is wiped: the reader may not keep what it was lent.
    const chunk = Buffer.from(bytes.subarray(at, at + cut));
    if (chunk.length > 0) reader.push(chunk);
    chunk.fill(0xff);
    at += cut;
  }
  return got;
}

const items = (count: number): readonly object[] =>
  Array.from({ length: count }, (_, index) => ({
    seq: index,
    content: `"prev":9,"seq":8,"count":7 弹幕 ${index}`,
  }));

describe("the generator's frame reader", () => {
  it("reads headers of batches of every frame length, however the stream is cut", () => {
    const texts = [
      '{"type":"snapshot","head":3}',
      batch(3, 4, items(1)),
      batch(4, 9_007_199_254_740_000, items(30)),
      '{"type":"pong"}',
      batch(5, 6, items(2_000)),
      batch(6, 7, [], 12),
    ];
    const bytes = Buffer.concat([...texts.map((text) => frame(text)), frame("\u000f\u00a0", 8)]);
    const headers = [
      { prev: 3, seq: 4, count: 1, shed: 0 },
      { prev: 4, seq: 9_007_199_254_740_000, count: 30, shed: 0 },
      { prev: 5, seq: 6, count: 2_000, shed: 0 },
      { prev: 6, seq: 7, count: 0, shed: 12 },
    ];

    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 400 }), { maxLength: 200 }),
        fc.boolean(),
        (cuts, keep) => {
          const got = read(bytes, cuts, keep);
          assert.deepEqual(got.headers, headers);
          assert.deepEqual(got.texts, keep ? texts : [texts[0], texts[3]]);
          assert.equal(got.closes.length, 1);
        },
      ),
      { numRuns: 200 },
    );
  });

  it("refuses frames that this server does not send", () => {
    assert.throws(() => read(Buffer.from([0x01, 0x00]), [], false));
    assert.throws(() => read(Buffer.from([0x82, 0x00]), [], false));
    assert.throws(() => read(Buffer.from([0x81, 0x80, 0, 0, 0, 0]), [], false));
  });

  it("reads an HTTP answer once all of it is there", () => {
    const text = 'HTTP/1.1 202 Accepted\r\nContent-Length: 9\r\nx: y\r\n\r\n{"seq":5}';
    for (let length = 0; length < text.length; length += 1)
      assert.equal(parseReply(text.slice(0, length)), undefined);
    assert.deepEqual(parseReply(text), { status: 202, body: '{"seq":5}' });
    assert.throws(() => parseReply("HTTP/1.1 200 OK\r\n\r\n"));
  });

  it("times each record of a batch from when it was due, and counts what ranges cover", () => {
    const published = [
      { seq: 30, dueAt: 130, content: "c" },
      { seq: 10, dueAt: 110, content: "a" },
      { seq: 20, dueAt: 120, content: "b" },
    ];
    const log = {
      receipts: [Float64Array.of(5, 20, 150, 20, 30, 160), Float64Array.of(5, 30, 170)],
      faults: new Map<string, number>(),
      delivered: 6,
      shed: 0,
      gaps: 0,
      batches: 3,
      sampled: [[{ seq: 10, kind: "danmaku", content: "a" }], [{ seq: 20, kind: "danmaku", content: "x" }]],
    };

    const { covered, latency, contentsChecked, contentsWrong } = report(published, log, {
      from: 115,
      to: 1_000,
    });

    assert.deepEqual([covered, contentsChecked, contentsWrong], [6, 2, 1]);
    // Due at 120 and 130, received at 150, 160 and 170.
    assert.equal(latency.count, 4);
    assert.deepEqual([Math.round(latency.p50), Math.round(latency.max)], [30, 50]);
  });
});
