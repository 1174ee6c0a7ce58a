import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { JoinGate } from "../src/gateway/join-gate.ts";
import { join, liveEngine, publish, settings } from "./support/live-engine.ts";

const rate = { perSecond: 100, burst: 10 };

describe("joining a room", () => {
  it("[OL-3] takes the burst at once and refuses one more", () => {
    const gate = new JoinGate(rate, () => 0);

    const waits = Array.from({ length: 11 }, () => gate.enter("r", 0));

    assert.deepEqual(
      waits.slice(0, 10),
      Array.from({ length: 10 }, () => 0),
    );
    assert.equal(waits[10], 10);
    assert.equal(gate.enter("other", 0), 0);
  });

  it("[OL-4] a storm of 2,000 is spread: each gets a moment of its own, a hundredth of a second apart", () => {
    const gate = new JoinGate(rate, () => 0);

    const waits = Array.from({ length: 2_000 }, () => gate.enter("r", 0)).filter((ms) => ms > 0);

    assert.deepEqual(
      waits,
      Array.from({ length: 1_990 }, (_, i) => (i + 1) * 10),
    );
  });

  it("[OL-4] nobody is sent away for longer than 61 s, whatever the storm", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 20_000 }),
        fc.double({ min: 0, max: 0.999, noNaN: true }),
        (n, x) => {
          const gate = new JoinGate(rate, () => x);
          let longest = 0;
          for (let i = 0; i < n; i += 1) longest = Math.max(longest, gate.enter("r", 0));
          assert.equal(longest <= 61_000, true);
        },
      ),
      { numRuns: 20 },
    );
  });

  it("[OL-4] those who come back at their moment are let in", () => {
    const gate = new JoinGate(rate, () => 0.5);
    let waiting = Array.from({ length: 1_000 }, () => 0);
    let [now, inside, attempts] = [0, 0, 0];
    while (waiting.length > 0) {
      now = Math.min(...waiting);
      const due = waiting.filter((at) => at <= now);
      waiting = waiting.filter((at) => at > now);
      for (const _ of due) {
        attempts += 1;
        const wait = gate.enter("r", now);
        if (wait === 0) inside += 1;
        else waiting.push(now + wait);
      }
    }

    assert.equal(inside, 1_000);
    assert.equal(attempts <= 2_200, true, `${attempts} attempts`);
    assert.equal(now <= 13_000, true, `${now} ms`);
  });

  it("[OL-3] who comes too fast is told so and when to come back, and closed with 4006", async () => {
    const limits = { ...settings.limits, join: { perSecond: 1, burst: 2 } };
    const live = await liveEngine({ settings: { limits } });
    const sockets = [1, 2, 3, 4].map(() => join(live, "r").socket);
    await live.settle();

    assert.deepEqual(
      sockets.map(({ closed }) => closed?.code),
      [undefined, undefined, 4006, 4006],
    );
    assert.deepEqual(
      sockets.flatMap((socket) => socket.of("bye")),
      [
        { type: "bye", reason: "busy", retry_ms: 1_500 },
        { type: "bye", reason: "busy", retry_ms: 2_500 },
      ],
    );
    assert.equal(sockets[2]?.of("error")[0]?.code, "BARRAGE_ROOM_BUSY");
    await publish(live, "r", "for those inside", 1_500);
    const { socket } = join(live, "r");
    await live.settle();
    assert.equal(socket.of("snapshot").length, 1);
    await live.stop();
  });
});
