import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { parsePublish } from "@barrage/protocol";
import type { Entry } from "@barrage/protocol";
import fc from "fast-check";
import { keyOf } from "../../src/ingest/idempotency.ts";

const FIELDS: readonly (readonly [string, unknown])[] = [
  ["content", "hello"],
  ["mode", "top"],
  ["color", 255],
  ["size", 20],
  ["pts_ms", 5],
  ["client_msg_id", "m1"],
];

/** A try of the publish that has these fields, in this order. */
function tried(fields: typeof FIELDS, id: string): Entry {
  const author = { uid: "u", name: "n", role: "viewer" } as const;
  const said = parsePublish(Object.fromEntries(fields), 100);
  return { kind: "danmaku", id, at: id.length, author, ...said };
}

/** The same with its fields in the reverse order, as a body that no decoder has put in order. */
const reversed = (entry: Entry): Entry =>
  Object.fromEntries(Object.entries(entry).toReversed()) as unknown as Entry;

describe("the key of a publish", () => {
  it("[PB-2] is the same for a second try, whatever order its fields come in", () => {
    const first = keyOf("r", tried(FIELDS, "first"));
    const inAnyOrder = fc.shuffledSubarray([...FIELDS], { minLength: FIELDS.length });
    fc.assert(
      fc.property(inAnyOrder, (fields) => {
        const second = tried(fields, "the second");
        assert.deepEqual(keyOf("r", second), first);
        assert.deepEqual(keyOf("r", reversed(second)), first);
      }),
    );
  });

  it("[PB-3] has another hash when one of its fields differs", () => {
    const first = keyOf("r", tried(FIELDS, "first"));
    for (const [changed, value] of [
      ["content", "hello!"],
      ["mode", "bottom"],
      ["color", 256],
      ["size", 21],
      ["pts_ms", 6],
    ] as const) {
      const other = keyOf("r", tried([...FIELDS, [changed, value]], "first"));
      assert.notEqual(other?.bodyHash, first?.bodyHash, changed);
      assert.deepEqual({ ...other, bodyHash: first?.bodyHash }, first);
    }
  });

  it("[PB-3] a gift of other things, or of more, has another hash", () => {
    const author = { uid: "u", name: "n", role: "viewer" } as const;
    const money = { amount_micros: 1_000_000, currency: "CNY" };
    const gift = { id: "g", at: 1, author, gift_id: "rose", gift_name: "Rose", count: 1, ...money };
    const hashOf = (given: Partial<typeof gift>): string | undefined =>
      keyOf("r", { kind: "gift", client_msg_id: "m1", ...gift, ...given })?.bodyHash;
    const hashes = [
      {},
      { gift_id: "car" },
      { gift_name: "Car" },
      { count: 2 },
      { amount_micros: 2 },
      { currency: "USD" },
    ];
    assert.equal(new Set(hashes.map(hashOf)).size, hashes.length);
    assert.equal(hashOf({ id: "other", at: 2 }), hashOf({}));
  });
});
