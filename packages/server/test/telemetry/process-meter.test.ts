import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { nextTurn } from "@barrage/kernel";
import { NodeMeter } from "../../src/telemetry/process-meter.ts";

const BLOCKED_MS = 100;
/** Of that: the timer may have been due in the middle of it. */
const AT_LEAST_MS = 50;

describe("meter of this process", () => {
  it("[DL-43] timers that an event loop cannot serve in time are counted with how late they were", async () => {
    using meter = new NodeMeter();
    const sees = async (timers: number): Promise<void> => {
      while (meter.lateness().timers < timers) await nextTurn();
    };
    await sees(2);
    const before = meter.lateness();
    for (const until = meter.now() + BLOCKED_MS; meter.now() < until;);
    await sees(before.timers + 1);

    assert.equal(meter.lateness().ms - before.ms >= AT_LEAST_MS, true);
    assert.equal(meter.delayMs(1) >= AT_LEAST_MS, true);
  });

  it("[DL-43] whoever begins the delays anew takes nothing from the lateness since the process began", async () => {
    using meter = new NodeMeter();
    while (meter.lateness().timers < 2) await nextTurn();
    const before = meter.lateness();
    meter.beginDelays();
    assert.equal(meter.delayMs(1), 0);
    assert.deepEqual(meter.lateness(), before);
    while (meter.lateness().timers === before.timers) await nextTurn();
  });
});
