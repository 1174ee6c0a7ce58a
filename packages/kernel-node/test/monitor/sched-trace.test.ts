import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Channel, liveTasks, nextTurn, rootContext, Scope } from "@barrage/kernel";
import { traceScheduler } from "@barrage/kernel-node";
import { FakeClock } from "@barrage/testkit";

describe("scheduler trace", () => {
  it("[KD-68] writes a line a period, with tasks, starts per second, loop and heap", async () => {
    const clock = new FakeClock();
    const context = rootContext({ clock });
    const lines: string[] = [];
    const trace = traceScheduler({ write: (line) => lines.push(line), everyMs: 500, context });
    await clock.advance(500);
    await using s = new Scope(undefined, { onError: "collect" });
    const hold = new Channel<void>();
    for (let i = 0; i < 20; i++) s.spawn((ctx) => hold.receive(ctx));
    await clock.advance(500);
    trace[Symbol.dispose]();
    await clock.advance(500);

    assert.equal(lines.length, 2);
    assert.match(
      lines[1] ?? "",
      /^sched 1000ms: live=21 running=\d waiting=\d+ spawned\/s=40 loop\.p99=\d+\.\dms elu=\d+\.\d% heap=\d+\.\dMiB$/,
    );
    await nextTurn();
    assert.equal(
      liveTasks().some(({ name }) => name === "sched"),
      false,
    );
  });
});
