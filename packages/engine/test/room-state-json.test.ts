import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { emptyRoom, stateFromJson, stateToJson } from "@barrage/engine";
import { fullRoom } from "@barrage/testkit";

const overLink = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

describe("a room's state as JSON", () => {
  it("[RD-80] comes back as it was", () => {
    for (const state of [fullRoom("r"), emptyRoom("r")]) {
      assert.deepEqual(stateFromJson(overLink(stateToJson(state))), state);
    }
  });

  it("[RD-80] a policy that it does not name, as one of an older version, is as in a new room", () => {
    const { merge: _, ...policies } = fullRoom("r").policies;
    const state = stateFromJson(overLink({ ...stateToJson(fullRoom("r")), policies }));
    assert.deepEqual(state?.policies.merge, emptyRoom("r").policies.merge);
  });

  it("[RD-80] of any other JSON in any field nothing comes, and nothing is thrown", () => {
    const fields = Object.keys(stateToJson(fullRoom("r")));
    const wrong = fc.oneof(
      fc.constant(undefined),
      fc.integer({ max: -1 }),
      fc.array(fc.integer(), { minLength: 1 }),
    );
    fc.assert(
      fc.property(fc.constantFrom(...fields), wrong, (field, value) => {
        assert.equal(stateFromJson({ ...stateToJson(fullRoom("r")), [field]: value }), undefined);
      }),
    );
    fc.assert(fc.property(fc.jsonValue(), (value) => void stateFromJson(value)));
  });

  it("[RD-80] numbers and modes out of range are none of ours", () => {
    const { policies } = fullRoom("r");
    for (const broken of [
      { ...policies, slow: { ...policies.slow, exempt: 7 } },
      { ...policies, slow: { ...policies.slow, seconds: 0 } },
      { ...policies, merge: { mode: "maybe", window_s: 5 } },
      { ...policies, ceiling: "on" },
    ]) {
      assert.equal(stateFromJson(overLink({ ...stateToJson(fullRoom("r")), policies: broken })), undefined);
    }
  });
});
