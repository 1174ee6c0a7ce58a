import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { framed, MessageCutter } from "../../src/workers/framing.ts";
import { packAcks, unpackAcks } from "../../src/workers/packing.ts";

const LIMIT = 1_000;

function read(bytes: Buffer, cuts: readonly number[]): object[] {
  const cutter = new MessageCutter(LIMIT);
  const places = [0, ...cuts.map((cut) => cut % (bytes.length + 1)), bytes.length].toSorted((a, b) => a - b);
  return places.slice(1).flatMap((end, at) => [...cutter.push(bytes.subarray(places[at], end))]);
}

describe("messages of controller and worker", () => {
  it("[LD-26] come as they were sent, however the network cuts them", () => {
    const message = fc.record({
      type: fc.string(),
      text: fc.string({ maxLength: 200 }),
      count: fc.integer(),
    });
    fc.assert(
      fc.property(fc.array(message), fc.array(fc.nat(10_000)), (messages, cuts) => {
        const bytes = Buffer.concat(messages.map(framed));

        assert.deepEqual(
          read(bytes, cuts).map((each) => ({ ...each })),
          messages.map((each) => ({ ...each })),
        );
      }),
    );
  });

  it("[LD-26] are refused when they are too long, no JSON, or of no type", () => {
    const sized = (bytes: number): Buffer => framed({ type: "x", text: "y".repeat(bytes - 22) });
    const cutter = (): MessageCutter => new MessageCutter(LIMIT);
    assert.equal(sized(LIMIT).length, LIMIT + 4);
    assert.equal([...cutter().push(sized(LIMIT))].length, 1);
    const head = Buffer.from([0, 0, 0, 2]);
    for (const wrong of [
      sized(LIMIT + 1),
      Buffer.from([255, 255, 255, 255]),
      Buffer.concat([head, Buffer.from("{]")]),
      Buffer.concat([head, Buffer.from("{}")]),
      Buffer.concat([head, Buffer.from("[]")]),
    ])
      assert.throws(() => [...cutter().push(wrong)], { code: "LOAD_BAD_MESSAGE" });
  });

  it("[LD-26] carry acknowledgements to the last bit", () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.array(fc.double({ noNaN: true }))), (acks) => {
        assert.deepEqual({ ...unpackAcks(packAcks(acks)) }, { ...acks });
      }),
    );
  });
});
