import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { AddressSlots } from "../../src/gateway/address-slots.ts";

describe("connections of one address", () => {
  it("[OL-5] are counted together within a /64, and given back to it", () => {
    const slots = new AddressSlots(2);

    const taken = ["2001:db8::1", "2001:db8::2", "2001:db8::3", "2001:db8:0:1::1"].map((each) =>
      slots.take(each),
    );
    slots.release("2001:db8::ffff");

    assert.deepEqual(taken, [true, true, false, true]);
    assert.deepEqual([slots.take("2001:db8::4"), slots.take("2001:db8::5")], [true, false]);
  });
});
