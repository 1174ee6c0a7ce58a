import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { BarrageError } from "@barrage/protocol";
import { decodeFrame, encodeFrame, FRAME_HEADER_BYTES, FRAME_MAX_BYTES } from "../../src/owner-link/codec.ts";
import type { Frame, Frames } from "../../src/owner-link/codec.ts";
import { FrameCutter } from "../../src/owner-link/frame-cutter.ts";

const seq = fc.nat({ max: Number.MAX_SAFE_INTEGER });
const finite = fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => (value === 0 ? 0 : value));
const counts = fc.array(fc.tuple(fc.string(), seq), { maxLength: 5 });
const error = fc.record({
  code: fc.string(),
  spec: fc.record({ message: fc.string(), retryable: fc.boolean() }),
  fields: fc
    .dictionary(fc.string(), fc.oneof(fc.string(), finite, fc.boolean()))
    .map((fields) => ({ ...fields })),
});
const item = fc.record({ seq, n: seq, content: fc.string({ unit: "grapheme" }) });

const bodies: { [K in keyof Frames]: fc.Arbitrary<unknown> } = {
  hello: fc.record({ id: fc.string(), generation: seq, version: seq }),
  enter: fc.record({ rooms: fc.array(fc.tuple(fc.string(), fc.option(seq))) }),
  leave: fc.record({ room: fc.string() }),
  call: fc.record({ id: seq, name: fc.string(), args: fc.array(fc.jsonValue()) }),
  cancel: fc.record({ id: seq }),
  report: fc.record({
    viewers: counts,
    load: fc.record({ connections: seq, queue: seq, cpuShare: finite, loopDelayMs: finite }),
    meter: fc.record({
      now: finite,
      busyMs: finite,
      cpuMs: finite,
      lateness: fc.record({ timers: finite, ms: finite }),
    }),
    work: fc.record({ writes: finite, ms: finite }),
  }),
  welcome: fc.record({ version: seq }),
  refused: fc.record({ error }),
  batch: fc.record({ room: fc.string(), prev: seq, seq, items: fc.array(item, { maxLength: 5 }) }),
  result: fc.record({ id: seq, value: fc.jsonValue() }),
  failure: fc.record({ id: seq, error }),
  viewers: fc.record({ elsewhere: counts }),
  status: fc.record({
    log: fc.record({ queued: finite, queuedBytes: finite, groups: finite, appended: finite, head: finite }),
    counts: fc.record({ published: finite, muted: finite }),
    windowMs: finite,
    rooms: seq,
  }),
};

const frame: fc.Arbitrary<Frame> = fc.oneof(
  ...Object.entries(bodies).map(([kind, body]) =>
    body.map((made) => ({ kind, body: JSON.parse(JSON.stringify(made)) }) as Frame),
  ),
);

const encode = ({ kind, body }: Frame): Buffer => encodeFrame(kind, body as never);

/** Cuts `bytes` at the given places and feeds the pieces. */
function cut(bytes: Buffer, places: readonly number[]): readonly Frame[] {
  const cutter = new FrameCutter();
  const at = [...new Set(places.map((place) => place % (bytes.length + 1)))].toSorted((a, b) => a - b);
  const frames: Frame[] = [];
  let from = 0;
  for (const to of [...at, bytes.length]) {
    frames.push(...cutter.push(bytes.subarray(from, to)));
    from = to;
  }
  return frames;
}

const isCoded = (thrown: unknown): boolean =>
  BarrageError.is(thrown) && thrown.code === "SERVER_LINK_BAD_BYTES";

function withLength(length: number, rest: Buffer): Buffer {
  const head = Buffer.alloc(4);
  head.writeUInt32LE(length);
  return Buffer.concat([head, rest]);
}

describe("frames of the link", () => {
  it("[WK-1] come out as they went in, however the bytes are cut", () => {
    fc.assert(
      fc.property(
        fc.array(frame, { maxLength: 6 }),
        fc.array(fc.nat({ max: 4_096 }), { maxLength: 12 }),
        (frames, places) => {
          assert.deepEqual(cut(Buffer.concat(frames.map(encode)), places), frames);
        },
      ),
      { numRuns: 300 },
    );
  });

  it("[WK-1] come out of one byte at a time", () => {
    const frames: Frame[] = [
      { kind: "leave", body: { room: "弹幕" } },
      { kind: "cancel", body: { id: 7 } },
    ];
    const bytes = Buffer.concat(frames.map(encode));

    assert.deepEqual(
      cut(
        bytes,
        Array.from({ length: bytes.length }, (_, i) => i),
      ),
      frames,
    );
  });

  it("[WK-1] any bytes are frames or SERVER_LINK_BAD_BYTES", () => {
    const kinds = Object.keys(bodies).length;
    const junk = fc.oneof(
      fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
      // A length that fits, and a known kind: what follows is looked at.
      fc
        .tuple(fc.nat({ max: kinds }), fc.oneof(fc.json(), fc.string()))
        .map(([kind, text]) =>
          withLength(Buffer.byteLength(text) + 1, Buffer.concat([Buffer.from([kind]), Buffer.from(text)])),
        ),
    );
    fc.assert(
      fc.property(junk, fc.array(fc.nat({ max: 300 }), { maxLength: 4 }), (bytes, places) => {
        try {
          for (const { kind } of cut(bytes, places)) assert.equal(Object.hasOwn(bodies, kind), true);
        } catch (thrown) {
          assert.equal(isCoded(thrown), true, String(thrown));
        }
      }),
      { numRuns: 1_000 },
    );
  });

  it("[WK-1] a frame of the largest size is awaited, one byte more refused by its length alone", () => {
    const cutter = new FrameCutter();

    assert.deepEqual([...cutter.push(withLength(FRAME_MAX_BYTES, Buffer.alloc(0)))], []);
    assert.throws(
      () => [...new FrameCutter().push(withLength(FRAME_MAX_BYTES + 1, Buffer.alloc(0)))],
      isCoded,
    );
    assert.throws(() => [...new FrameCutter().push(withLength(0, Buffer.alloc(0)))], isCoded);
  });

  it("[WK-1] a body that is too large is not made", () => {
    const room = "x".repeat(FRAME_MAX_BYTES);

    assert.throws(
      () => encodeFrame("leave", { room }),
      (thrown) => BarrageError.is(thrown) && thrown.code === "SERVER_LINK_FRAME_TOO_LARGE",
    );
  });

  it("[WK-1] have these bytes", () => {
    const bytes = encodeFrame("cancel", { id: 7 });

    assert.equal(bytes.toString("hex"), "09000000077b226964223a377d");
    assert.deepEqual(decodeFrame(bytes.subarray(FRAME_HEADER_BYTES - 1)), {
      kind: "cancel",
      body: { id: 7 },
    });
  });
});
