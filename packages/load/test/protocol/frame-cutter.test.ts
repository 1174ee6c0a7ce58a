import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { batchHeader } from "../../src/protocol/batch-header.ts";
import { FrameCutter } from "../../src/protocol/frame-cutter.ts";
import { parseReply } from "../../src/protocol/http-lanes.ts";
import type { BatchHeader } from "../../src/index.ts";

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

/** Reads `bytes` in pieces of these lengths; every batch's text is kept when `keep`. */
function read(bytes: Buffer, cuts: readonly number[], keep: boolean) {
  const got = {
    headers: [] as BatchHeader[],
    texts: [] as (string | undefined)[],
    closes: [] as number[],
    pings: 0,
  };
  const cutter = new FrameCutter({
    messages: "text",
    wants(chunk, start) {
      const header = batchHeader(chunk, start)?.header;
      if (header !== undefined) got.headers.push(header);
      return header === undefined || keep;
    },
    message: (payload) => got.texts.push(payload?.toString()),
    ping: () => void (got.pings += 1),
    close: (code) => got.closes.push(code),
  });
  let at = 0;
  for (const cut of [...cuts, bytes.length]) {
    // A copy that is wiped: the cutter may not keep what it was lent.
    const chunk = Buffer.from(bytes.subarray(at, at + cut));
    if (chunk.length > 0) cutter.push(chunk);
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

describe("the frame cutter", () => {
  it("[LD-18] reads every frame and batch header, however the stream is cut", () => {
    const texts = [
      '{"type":"snapshot","head":3}',
      batch(3, 4, items(1)),
      batch(4, 9_007_199_254_740_000, items(30)),
      "",
      batch(5, 6, items(2_000)),
      batch(6, 7, [], 12),
    ];
    const bytes = Buffer.concat([
      ...texts.map((text) => frame(text)),
      frame("hi", 9),
      frame("\u000f\u00a0", 8),
    ]);
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
          const isBatch = (text: string): boolean => text.includes('"batch"');
          assert.deepEqual(
            got.texts,
            texts.map((text) => (keep || !isBatch(text) ? text : undefined)),
          );
          assert.deepEqual([got.pings, got.closes.length], [1, 1]);
        },
      ),
      { numRuns: 100 },
    );
  });

  it("[LD-18] refuses fragments, binary and masked frames, and batches without a header", () => {
    for (const bytes of [
      [0x01, 0x00],
      [0x82, 0x00],
      [0x81, 0x80, 0, 0, 0, 0],
      [0xc1, 0x00],
    ])
      assert.throws(() => read(Buffer.from(bytes), [], false), { code: "LOAD_BAD_STREAM" });
    assert.throws(() => read(frame('{"type":"batch","items":[]}'), [], false), { code: "LOAD_BAD_STREAM" });
  });

  it("[LD-18] reads an HTTP answer once all of it is there", () => {
    const text = 'HTTP/1.1 202 Accepted\r\nContent-Length: 9\r\nx: y\r\n\r\n{"seq":5}';
    for (let length = 0; length < text.length; length += 1)
      assert.equal(parseReply(text.slice(0, length)), undefined);
    assert.deepEqual(parseReply(text), { status: 202, body: '{"seq":5}' });
    assert.throws(() => parseReply("HTTP/1.1 200 OK\r\n\r\n"), { code: "LOAD_BAD_STREAM" });
  });
});
