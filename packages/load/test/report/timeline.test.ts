import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Timeline } from "../../src/report/timeline.ts";
import type { TimelineSecond } from "../../src/report/timeline.ts";
import { SecondTally } from "../../src/run/second.ts";

const EFFORT = { cpu: 0, loopDelayP99Ms: 0, loopDelayMaxMs: 0, sendLagMaxMs: 0 };

class Told {
  readonly seconds: TimelineSecond[] = [];
  readonly connecting: number[] = [];
  readonly timeline: Timeline;

  constructor(workers: number) {
    this.timeline = new Timeline(workers, {
      onSecond: (second) => this.seconds.push(second),
      onConnecting: (connections) => this.connecting.push(connections),
    });
  }

  add(worker: number, second: number, connections: number): readonly (readonly [number, number])[] {
    const tally = new SecondTally(worker);
    tally.connections = connections;
    tally.published(0);
    this.timeline.add(tally.take(second, EFFORT, []));
    return this.seconds.map((each) => [each.second, each.connections] as const);
  }
}

describe("the timeline", () => {
  it("[LD-69] tells a second when every worker has given a later one", () => {
    const told = new Told(2);
    told.add(0, 0, 3);
    told.add(0, 1, 3);

    assert.deepEqual(told.add(1, 0, 4), []);
    assert.deepEqual(told.add(1, 1, 4), [[0, 7]]);
    assert.deepEqual(
      told.seconds.map(({ published }) => published),
      [2],
    );
  });

  it("[LD-69] waits three seconds for a late worker, and then adds what it brings to the sums only", () => {
    const told = new Told(2);
    told.add(0, 0, 3);
    told.add(0, 1, 3);

    assert.deepEqual(told.add(0, 2, 3), []);
    assert.deepEqual(told.add(0, 3, 3), [[0, 3]]);
    told.add(1, 0, 4);
    assert.equal(told.timeline.published, 5);
    assert.deepEqual(
      told.timeline.end().map((each) => [each.second, each.published]),
      [
        [0, 1],
        [1, 1],
        [2, 1],
        [3, 1],
      ],
    );
  });

  it("[LD-69] counts connections while they are made once, by each worker's last word", () => {
    const told = new Told(2);
    told.add(0, -1, 5);
    told.add(1, -1, 6);
    told.add(0, -1, 20);

    assert.deepEqual(told.connecting, [5, 11, 26]);
    assert.deepEqual(
      told.timeline.end().map((each) => [each.second, each.connections]),
      [[-1, 26]],
    );
  });
});
