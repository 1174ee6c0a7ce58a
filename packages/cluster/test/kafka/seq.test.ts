import assert from "node:assert/strict";
import { describe, it } from "node:test";
import * as fc from "fast-check";
import { EPOCH_MAX, epochOf, offsetAfter, seqOf } from "../../src/kafka/seq.ts";

const epochs = fc.integer({ min: 1, max: EPOCH_MAX });
const offsets = fc.integer({ min: 0, max: 2 ** 40 - 1 });

describe("seq", () => {
  it("[KL-1] is epoch x 2^40 + offset, a safe integer above 0", () => {
    assert.equal(seqOf(1, 0n), 2 ** 40);
    assert.equal(seqOf(1, 5), 2 ** 40 + 5);
    assert.equal(seqOf(EPOCH_MAX, 2 ** 40 - 1), 2 ** 53 - 1);
  });

  it("[KL-1] leads back to the offset behind it, and to its epoch", () => {
    fc.assert(
      fc.property(epochs, offsets, (epoch, offset) => {
        const seq = seqOf(epoch, offset);

        assert.equal(offsetAfter(epoch, seq), offset + 1);
        assert.equal(epochOf(seq), epoch);
        assert.equal(Number.isSafeInteger(seq) && seq > 0, true);
      }),
    );
  });

  it("[KL-15] of an earlier epoch lies before all of this one", () => {
    assert.equal(offsetAfter(2, seqOf(1, 2 ** 40 - 1)), 0);
    assert.equal(offsetAfter(1, 0), 0);
    assert.equal(seqOf(2, 0) > seqOf(1, 2 ** 40 - 1), true);
  });
});
