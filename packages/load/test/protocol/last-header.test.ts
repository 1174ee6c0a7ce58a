import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { barrageBinary } from "../../src/protocol/barrage-binary.ts";
import { batchHeader } from "../../src/protocol/batch-header.ts";
import { knowingTheLast } from "../../src/protocol/last-header.ts";
import { encodeServerFrame } from "@barrage/protocol";
import type { BatchFrame } from "@barrage/protocol";

const batch = (prev: number, seq: number, count: number, shed: number): BatchFrame => ({
  type: "batch",
  room_id: "a",
  prev,
  seq,
  count,
  ...(shed === 0 ? {} : { shed: { count: shed, reason: "slow" } }),
  items: [],
});
const FEW = fc.integer({ min: 0, max: 12 });
const frames = fc.array(fc.tuple(FEW, FEW, FEW, fc.constantFrom(0, 0, 1, 11)), { maxLength: 30 });

describe("a reader that knows the last header", () => {
  it("[LD-10] reads the same as one that reads every header anew, though its bytes are written over", () => {
    fc.assert(
      fc.property(frames, FEW, (list, before) => {
        const read = knowingTheLast(batchHeader);
        const lent = Buffer.alloc(400);
        for (const numbers of list.flatMap((one) => [one, one])) {
          const text = Buffer.from(JSON.stringify(batch(...numbers)));
          lent.fill(0xff);
          text.copy(lent, before);
          const [prev, seq, count, shed] = numbers;

          assert.deepEqual(read(lent, before, before + text.length), { prev, seq, count, shed });
        }
      }),
    );
  });

  it("[LD-85] reads binary batches, and none where records were withheld", () => {
    fc.assert(
      fc.property(frames, (list) => {
        for (const numbers of list.flatMap((one) => [one, one])) {
          const [prev, seq, count, shed] = numbers;
          const bytes = Buffer.from(encodeServerFrame(batch(...numbers)));
          const header = barrageBinary.header(bytes, 0, bytes.length);

          assert.deepEqual(header, shed === 0 ? { prev, seq, count, shed } : undefined);
        }
      }),
    );
  });

  it("[LD-10] gives the same object for the same bytes, which costs no reading", () => {
    let reads = 0;
    const read = knowingTheLast((bytes, start) => {
      reads += 1;
      return batchHeader(bytes, start);
    });
    const bytes = Buffer.from(JSON.stringify(batch(1, 2, 1, 0)));
    const first = read(bytes, 0, bytes.length);

    assert.equal(read(Buffer.from(bytes), 0, bytes.length), first);
    assert.equal(reads, 1);
  });
});
