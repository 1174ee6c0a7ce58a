import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { rootContext } from "@barrage/kernel";
import type { Context } from "@barrage/kernel";
import { FakeClock } from "@barrage/testkit";
import { FALLBACK_DEFAULTS, SharedOrLocal, SharedRoomPlaces } from "../../src/index.ts";
import type { PlaceTaken } from "../../src/index.ts";

const MAX = 5;

/** A process among others, and those who count for all. */
class Run {
  readonly clock = new FakeClock();
  readonly ctx: Context = rootContext({ clock: this.clock });
  readonly guard = new SharedOrLocal(() => undefined);
  readonly places = new SharedRoomPlaces(this, MAX, this.guard);
  redis: "up" | "away" | "hanging" = "up";
  /** By all processes. */
  taken = 0;

  async take(): Promise<PlaceTaken> {
    if (this.redis === "hanging") await Promise.withResolvers<never>().promise;
    if (this.redis === "away") throw new Error("Redis is away");
    if (this.taken >= MAX) return { isTaken: false, taken: this.taken };
    this.taken += 1;
    return { isTaken: true, taken: this.taken };
  }

  /** How many of so many rooms get a place. */
  async given(rooms: number): Promise<number> {
    let given = 0;
    for (let i = 0; i < rooms; i += 1) if (await this.places.take(`r${i}`, this.ctx)) given += 1;
    return given;
  }
}

describe("places for rooms, and the one who counts them away", () => {
  it("[RD-88] those who count answer while they do", async () => {
    const run = new Run();

    assert.deepEqual([await run.given(MAX + 1), run.guard.localAnswers], [MAX, 0]);
  });

  for (const known of [0, 1, MAX - 1, MAX]) {
    it(`[RD-88] with ${known} of ${MAX} taken when they were last asked, ${MAX - known} are given without them`, async () => {
      const run = new Run();
      await run.given(known);
      run.redis = "away";

      assert.equal(await run.given(MAX + 1), MAX - known);
      assert.equal(run.guard.localAnswers, MAX + 1);
    });
  }

  it("[RD-88] what they say counts again once they are back", async () => {
    const run = new Run();
    run.redis = "away";
    await run.given(MAX);
    run.redis = "up";
    run.taken = MAX - 1;

    assert.equal(await run.given(2), 1);
  });

  it("[RD-88] who hangs is waited for no longer than for a limit", async () => {
    const run = new Run();
    run.redis = "hanging";
    const asked = run.places.take("r", run.ctx);

    await run.clock.advance(FALLBACK_DEFAULTS.timeoutMs);

    assert.equal(await asked, true);
  });
});
