import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { FRAMES_PER_SECOND, FrameAllowance } from "../../src/gateway/frame-allowance.ts";
import { PeerWatch } from "../../src/gateway/peer-watch.ts";
import { settings } from "../support/live-engine.ts";

const { idleMs, outbound } = settings;
const { graceMs } = outbound;

/** A watch, and the clock that it goes by. */
function watched(): { readonly watch: PeerWatch; readonly clock: { ms: number } } {
  const clock = { ms: 0 };
  const frameAllowance = new FrameAllowance(1_000, 0);
  const watch = new PeerWatch({ settings, frameAllowance, now: () => clock.ms });
  return { watch, clock };
}

describe("the peer of a connection", () => {
  it("[DL-25] may be silent for idleMs, since it said something last", () => {
    const { watch, clock } = watched();
    clock.ms = 10;
    watch.heard();

    assert.equal(watch.look(9 + idleMs, false), undefined);
    assert.equal(watch.look(10 + idleMs, false), undefined);
    assert.equal(watch.look(11 + idleMs, false)?.code, 4002);
  });

  it("[DL-46] is not there because of control frames", () => {
    const { watch, clock } = watched();
    clock.ms = idleMs;
    watch.counted();

    assert.equal(watch.look(idleMs + 1, false)?.code, 4002);
  });

  it("[DL-42] may send 500 frames between two looks, of whatever kind", () => {
    const { watch } = watched();
    for (let i = 2; i <= FRAMES_PER_SECOND; i += 2) {
      assert.equal(watch.heard(), undefined);
      assert.equal(watch.counted(), undefined);
    }

    assert.equal(watch.heard()?.code, 4504);

    watch.look(1_000, false);
    assert.equal(watch.heard(), undefined);
  });

  it("[DL-18] may be behind for graceMs, since it was seen so, and anew once it kept up", () => {
    const { watch } = watched();
    assert.equal(watch.look(1_000, true), undefined);
    assert.equal(watch.look(1_000 + graceMs, true), undefined);
    watch.keepsUp();
    assert.equal(watch.look(1_001 + graceMs, true), undefined);

    assert.equal(watch.look(1_001 + 2 * graceMs, true), undefined);
    assert.equal(watch.look(1_002 + 2 * graceMs, true)?.code, 4001);
  });

  it("[DL-45] may lack for graceMs what it had been sent at a ping", () => {
    const { watch, clock } = watched();
    const ping = (ms: number, seq: number, sent: number) => {
      clock.ms = ms;
      return watch.heard() ?? watch.has(seq, sent);
    };
    assert.equal(ping(0, 0, 7), undefined);
    assert.equal(ping(graceMs, 6, 9), undefined);
    assert.equal(ping(graceMs + 1, 7, 9), undefined);

    assert.equal(ping(1 + 2 * graceMs, 8, 9), undefined);
    assert.equal(ping(2 + 2 * graceMs, 8, 9)?.code, 4001);
  });
});
