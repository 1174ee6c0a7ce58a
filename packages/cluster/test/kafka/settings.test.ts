import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { danmaku } from "@barrage/testkit";
import { RepeatFilter } from "../../src/kafka/repeat-filter.ts";
import { claimLeaseMs, KAFKA_DEFAULTS } from "../../src/kafka/settings.ts";

/** Records a second of one partition. */
const BUSY = 3_600;

describe("a claim of a key", () => {
  it("[KL-49] ends a second after its append, and a retry is then found in a partition of 3,600 records a second", () => {
    const leaseMs = claimLeaseMs(KAFKA_DEFAULTS);
    const { deliveryTimeoutMs, repeatHorizon } = KAFKA_DEFAULTS;
    assert.equal(leaseMs, deliveryTimeoutMs + 1_000);
    const between = (leaseMs / 1_000) * BUSY;
    const filter = new RepeatFilter(repeatHorizon);
    const others = (from: number, to: number): void => {
      for (let i = from; i < to; i++) {
        assert.equal(filter.isRepeat(i, { room: "a", entry: danmaku(`d${i}`), live: true }), false);
      }
    };
    const retried = { room: "a", entry: danmaku("first"), live: true, key: { scope: "s", id: "k" } };

    filter.isRepeat(0, retried);
    others(1, between);
    assert.equal(filter.isRepeat(between, retried), true);
    others(between + 1, between + repeatHorizon + 1);
    assert.equal(filter.isRepeat(between + repeatHorizon + 1, retried), false);
  });
});
