import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { addressBlock } from "../../src/gateway/address-block.ts";

describe("whom an address stands for", () => {
  const table: readonly (readonly [string, string])[] = [
    ["192.0.2.1", "192.0.2.1"],
    ["::ffff:192.0.2.1", "192.0.2.1"],
    ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"],
    ["2001:db8:1:2::1", "2001:db8:1:2::/64"],
    ["2001:DB8:1:2::", "2001:db8:1:2::/64"],
    ["2001:db8::1", "2001:db8:0:0::/64"],
    ["2001:0db8:0000:0000::1", "2001:db8:0:0::/64"],
    ["::1", "0:0:0:0::/64"],
    ["::", "0:0:0:0::/64"],
    ["fe80::1%eth0", "fe80:0:0:0::/64"],
    ["64:ff9b::192.0.2.1", "64:ff9b:0:0::/64"],
    ["1::2:3:4:5:6:7", "1:0:2:3::/64"],
  ];
  for (const [address, block] of table) {
    it(`[OL-5] ${address} for ${block}`, () => assert.equal(addressBlock(address), block));
  }

  it("[OL-5] two addresses are of one block exactly when their first 64 bits are the same", () => {
    const groups = fc.array(fc.nat(0xffff), { minLength: 8, maxLength: 8 });
    const text = (each: readonly number[]): string => each.map((group) => group.toString(16)).join(":");
    fc.assert(
      fc.property(groups, groups, fc.boolean(), (one, other, isNear) => {
        const near = isNear ? [...one.slice(0, 4), ...other.slice(4)] : other;
        const isSame = near.slice(0, 4).every((group, i) => group === one[i]);
        assert.equal(addressBlock(text(one)) === addressBlock(text(near)), isSame);
      }),
    );
  });
});
