import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { FakeClock } from "@barrage/testkit";
import { Ownership } from "../../src/kafka/ownership.ts";

function made() {
  const clock = new FakeClock();
  const membership = { memberId: "m1", generationId: 7 };
  return { clock, membership, ownership: new Ownership(membership, clock) };
}

describe("who may commit of a partition", () => {
  it("[KL-35] its owner, through rebalances", () => {
    const { membership, ownership } = made();
    membership.generationId = 8;

    assert.equal(ownership.mayCommit, true);
  });

  for (const [ms, may] of [
    [999, true],
    [1_000, false],
    [1_001, false],
  ] as const) {
    it(`[KL-35] ${ms} ms after it was given up: ${may}`, async () => {
      const { clock, ownership } = made();
      ownership.giveUp(true);
      await clock.advance(ms);
      ownership.giveUp(true);

      assert.equal(ownership.mayCommit, may);
    });
  }

  it("[KL-35] nobody who has joined again since, or who was thrown out", () => {
    const [later, other, none] = [made(), made(), made()];
    for (const { ownership } of [later, other, none]) ownership.giveUp(true);
    later.membership.generationId = 8;
    other.membership.memberId = "m2";
    Object.assign(none.membership, { memberId: null });

    for (const { ownership } of [later, other, none]) assert.equal(ownership.mayCommit, false);
  });

  it("[KL-35] nobody who was thrown out and has joined again before it was given up", () => {
    const { membership, ownership } = made();
    Object.assign(membership, { memberId: "m2", generationId: 9 });
    ownership.giveUp(true);

    assert.equal(ownership.mayCommit, false);
  });

  it("[KL-35] nobody to whom the group has not spoken for a session", () => {
    const { ownership } = made();
    ownership.giveUp(false);

    assert.equal(ownership.mayCommit, false);
  });
});
