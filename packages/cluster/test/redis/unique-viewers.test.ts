import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { rootContext, Scope } from "@barrage/kernel";
import { FakeClock } from "@barrage/testkit";
import { UniqueViewers } from "../../src/index.ts";

const AGE_MS = 5_000;

describe("unique viewers, asked for often", () => {
  it("[CR-41] are counted once in a few seconds, and absent while Redis does not answer", async () => {
    const clock = new FakeClock();
    await using scope = new Scope(rootContext({ clock }), { name: "test", onError: "report" });
    let counted = 7;
    let calls = 0;
    const unique = new UniqueViewers(
      {
        uniqueViewers: (_room, buckets) => {
          calls += 1;
          assert.equal(buckets, 24);
          return counted < 0 ? Promise.reject(new Error("Redis is away")) : Promise.resolve(counted);
        },
      },
      scope,
    );
    const ask = () => unique.of("r", scope.context);

    assert.deepEqual([await ask(), await ask(), calls], [7, 7, 1]);
    counted = 9;
    await clock.advance(AGE_MS);
    assert.deepEqual([await ask(), calls], [7, 1]);
    await clock.advance(1);
    assert.deepEqual([await ask(), calls], [9, 2]);
    counted = -1;
    await clock.advance(AGE_MS + 1);
    assert.equal(await ask(), undefined);
    counted = 0;
    assert.equal(await ask(), 0);
  });
});
