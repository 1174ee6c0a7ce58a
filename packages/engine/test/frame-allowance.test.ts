import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { FakeClock } from "@barrage/testkit";
import { FrameAllowance } from "../src/gateway/frame-allowance.ts";
import { join, liveEngine } from "./support/live-engine.ts";

describe("what a client may send between two looks", () => {
  const EVERY_MS = 1_000;
  const afterLooks = (...at: readonly number[]) => {
    const allowance = new FrameAllowance(EVERY_MS, 0);
    for (const now of at) allowance.look(now);
    return allowance;
  };

  it("[DL-42] is a second's until a second has passed, and grows with the time after it", () => {
    const allowance = afterLooks(1_000, 2_000);

    const frames = [2_000, 3_000, 3_002, 7_000].map((now) => allowance.at(now));
    assert.deepEqual(frames, [500, 500, 501, 2_500]);
  });

  it("[DL-42] after a late look is also what was sent while it was late, until a look is in time again", () => {
    // Looks lie on a beat: the one at 5,900 should have been that at 1,000, and the next one follows at once.
    assert.equal(afterLooks(5_900).at(5_900), 2_950);
    assert.equal(afterLooks(5_900, 6_000).at(6_000), 2_500);
    assert.equal(afterLooks(5_900, 6_000, 7_000).at(7_000), 500);
  });
});

/** The time of a process that stands still now and then: no timer fires, and yet it passes. */
class StallingClock extends FakeClock {
  private stoodStillMs = 0;

  override now(): number {
    return super.now() + this.stoodStillMs;
  }

  standStill(ms: number): void {
    this.stoodStillMs += ms;
  }
}

describe("a client of a server that stood still", () => {
  async function stalledFor(ms: number) {
    const clock = new StallingClock();
    const live = await liveEngine({ clock });
    const { connection, socket } = join(live, "r");
    await live.settle(2_000);
    clock.standStill(ms);
    const say = (frames: number): void => {
      for (let i = 0; i < frames; i += 1) connection.receive({ type: "ping" });
    };
    return { live, socket, say };
  }

  it("[DL-42] is not closed for what it sent meanwhile, whether that is read before the look or after it", async () => {
    const { live, socket, say } = await stalledFor(4_000);
    say(2_000);
    assert.equal(socket.closed?.code, undefined);

    await live.settle(1_000);
    say(2_000);
    assert.equal(socket.closed?.code, undefined);
    await live.stop();
  });

  it("[DL-42] is closed when it sent more than in all that time it may", async () => {
    const { live, socket, say } = await stalledFor(4_000);
    say(2_000);
    assert.equal(socket.closed?.code, undefined);
    say(1);

    assert.equal(socket.closed?.code, 4504);
    await live.stop();
  });
});
