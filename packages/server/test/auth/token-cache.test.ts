import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { FakeClock } from "@barrage/testkit";
import { CachedVerifier } from "../../src/auth/token-cache.ts";
import type { Verifier } from "../../src/auth/verifier.ts";

function cache(capacity: number) {
  const clock = new FakeClock();
  const asked: string[] = [];
  const inner: Verifier = {
    verify: (token) => {
      asked.push(token);
      return Promise.resolve({
        principal: { uid: token, name: token, role: "viewer" },
        expiresAt: clock.wall() + 1_000,
      });
    },
  };
  return { verifier: new CachedVerifier(inner, capacity, clock), asked, clock };
}

describe("CachedVerifier", () => {
  it("[IN-7] asks once for a token until it expires", async () => {
    const { verifier, asked, clock } = cache(2);

    await verifier.verify("a");
    await verifier.verify("a");
    await clock.advance(1_000);
    await verifier.verify("a");

    assert.deepEqual(asked, ["a", "a"]);
    assert.equal(verifier.size, 1);
  });

  it("[IN-7] forgets the token that was used longest ago when it is full", async () => {
    const { verifier, asked } = cache(2);

    for (const token of ["a", "b", "a", "c", "a", "b"]) await verifier.verify(token);

    assert.deepEqual(asked, ["a", "b", "c", "b"]);
    assert.equal(verifier.size, 2);
  });

  it("[IN-7] remembers nothing with room for none", async () => {
    const { verifier, asked } = cache(0);

    await verifier.verify("a");
    await verifier.verify("a");

    assert.deepEqual(asked, ["a", "a"]);
    assert.equal(verifier.size, 0);
  });
});
