import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { BarrageError, encodeGoimPacket, GOIM_HEADER_BYTES, GoimPacketCutter } from "../../src/index.ts";

const LIMIT = 1_024;
const packet = fc.record({
  operation: fc.integer({ min: 0, max: 0xffff_ffff }),
  version: fc.integer({ min: 0, max: 0xffff }),
  body: fc.uint8Array({ maxLength: LIMIT - GOIM_HEADER_BYTES }),
});

describe("goim packets", () => {
  it("[PR-40] come out as they went in, however the bytes are cut", () => {
    fc.assert(
      fc.property(
        fc.array(packet, { maxLength: 5 }),
        fc.array(fc.integer({ min: 1, max: 60 })),
        (packets, cuts) => {
          const stream = Buffer.concat(packets.map((p) => encodeGoimPacket(p.operation, p.version, p.body)));
          const cutter = new GoimPacketCutter(LIMIT);
          const out: object[] = [];
          let at = 0;
          for (const length of [...cuts, stream.length]) {
            out.push(
              ...cutter
                .push(stream.subarray(at, at + length))
                .map((p) => ({ ...p, body: Uint8Array.from(p.body) })),
            );
            at = Math.min(stream.length, at + length);
          }

          assert.deepEqual(out, structuredClone(packets));
          assert.equal(cutter.empty, true);
        },
      ),
    );
  });

  it("[PR-40] refuses a header that none has, and a packet over the limit by its header alone", () => {
    const header = (length: number, headerLength: number) => {
      const bytes = encodeGoimPacket(2, 1, new Uint8Array());
      new DataView(bytes.buffer).setUint32(0, length);
      new DataView(bytes.buffer).setUint16(4, headerLength);
      return bytes;
    };

    assert.throws(() => new GoimPacketCutter(LIMIT).push(header(15, 16)), { code: "BARRAGE_BAD_FRAME" });
    assert.throws(() => new GoimPacketCutter(LIMIT).push(header(32, 20)), { code: "BARRAGE_BAD_FRAME" });
    assert.deepEqual(new GoimPacketCutter(LIMIT).push(header(LIMIT, 16)), []);
    assert.throws(() => new GoimPacketCutter(LIMIT).push(header(LIMIT + 1, 16)), {
      code: "BARRAGE_FRAME_TOO_LARGE",
    });
  });

  it("[PR-40] gives packets or a coded error for whatever bytes", () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 64 }), { maxLength: 8 }), (pieces) => {
        const cutter = new GoimPacketCutter(LIMIT);
        try {
          for (const piece of pieces) cutter.push(piece);
        } catch (error) {
          assert.ok(BarrageError.is(error), String(error));
        }
      }),
    );
  });

  it("[PR-40] has the bytes of the published form", () => {
    const heartbeatReply = encodeGoimPacket(3, 1, Uint8Array.of(0, 0, 1, 44));
    assert.equal(
      Buffer.from(heartbeatReply).toString("hex"),
      "0000001400100001000000030000000100 00012c".replace(" ", ""),
    );
  });
});
