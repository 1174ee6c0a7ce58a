import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { rootContext, Scope } from "@barrage/kernel";
import { FakeClock } from "@barrage/testkit";
import { RunTally } from "../../src/run/run-tally.ts";
import type { SecondDelta } from "../../src/run/second.ts";
import { SecondWatch } from "../../src/run/second-watch.ts";
import { Timeline } from "../../src/report/timeline.ts";

/** A watch with a clock that stands still. */
function watched() {
  const clock = new FakeClock();
  const tasks = new Scope(rootContext({ clock }));
  const tally = new RunTally(0, ["a"]);
  const deltas: SecondDelta[] = [];
  const watch = new SecondWatch(tally, (delta) => deltas.push(delta), tasks.context);
  tasks.use(watch);
  tasks.spawn(() => watch.run());
  return { clock, tasks, tally, watch, deltas };
}

const IDLE = { cpu: 0, loopDelayP99Ms: 0, loopDelayMaxMs: 0, sendLagMaxMs: 0 };

/** A second of a worker with one delivery. */
function second(worker: number, invalid: readonly string[]): SecondDelta {
  const tally = new RunTally(worker, ["a"]);
  tally.countsOf("a").delivered(worker + 1);
  return tally.take({ second: 0, effort: IDLE, invalid, isLast: false });
}

describe("a worker's seconds", () => {
  it("[LD-30] begin with the first send, and all before it is one", async () => {
    const { clock, tasks, tally, watch, deltas } = watched();
    await clock.advance(1_700);
    tally.published("a", 0);
    watch.start();
    tally.published("a", 0);
    await clock.advance(2_000);
    await tasks[Symbol.asyncDispose]();

    assert.deepEqual(
      deltas.map(({ second, published }) => [second, published]),
      [
        [-1, 0],
        [-1, 1],
        [0, 1],
        [1, 0],
        [2, 0],
      ],
    );
    assert.deepEqual(deltas.at(-1)?.rooms?.["a"]?.published, 2);
  });

  it("[LD-30] are invalid for all workers when one could not keep up", () => {
    const timeline = new Timeline(2);
    timeline.add(second(0, []));
    timeline.add(second(1, ["cpu"]));

    const [closed] = timeline.end();

    assert.deepEqual([closed?.invalid, closed?.delivered], [["cpu"], 2]);
    assert.deepEqual([timeline.valid.delivery.count, timeline.all.delivery.count], [0, 2]);
  });

  it("[LD-30] count when all kept up, also those that come late", () => {
    const timeline = new Timeline(3);
    timeline.add(second(0, []));
    timeline.add(second(1, []));
    timeline.end();
    timeline.add(second(2, []));

    assert.deepEqual([timeline.valid.delivery.count, timeline.all.delivery.count], [3, 3]);
  });
});
