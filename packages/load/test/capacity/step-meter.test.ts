import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Latencies } from "../../src/index.ts";
import { StepMeter } from "../../src/capacity/step-meter.ts";
import type { SecondDelta } from "../../src/run/second.ts";

const taken = (ms: number, count = 100): string => {
  const latencies = new Latencies();
  latencies.record(ms, count);
  return latencies.take();
};

const NONE = { delivery: "", ack: "", connect: "", login: "", catchUp: "" };

const delta = (second: number, changes: Partial<SecondDelta> = {}): SecondDelta => ({
  worker: 0,
  second,
  invalid: [],
  published: 100,
  acked: 100,
  delivered: 1_000,
  connections: 10,
  refused: {},
  closed: {},
  faults: {},
  sampled: 0,
  wrong: 0,
  latencies: { ...NONE, delivery: taken(20), ack: taken(5) },
  effort: { cpu: 0.2, loopDelayP99Ms: 1, loopDelayMaxMs: 2, sendLagMaxMs: 1 },
  ...changes,
});

function meterOf(deltas: readonly SecondDelta[], workers = 1): StepMeter {
  const meter = new StepMeter(workers);
  for (const each of deltas) meter.add(each, (each.second + 1) * 1_000);
  return meter;
}

describe("a step's measure", () => {
  it("[LD-75] has nothing of the warm-up, of the seconds before the start, and of the step after", () => {
    const slow = { latencies: { ...NONE, delivery: taken(900), ack: taken(900) }, published: 7 };
    const meter = meterOf([delta(-1, slow), delta(0, slow), delta(1), delta(2), delta(3, slow)]);

    const { seconds, sent, acked, delivered, delivery, ack } = meter.measure({ from: 1, to: 3 });

    assert.deepEqual([seconds, sent, acked, delivered], [2, 100, 100, 1_000]);
    assert.deepEqual([delivery.count, ack.count], [200, 200]);
    assert.equal(delivery.max < 21 && ack.max < 6, true);
    assert.deepEqual(meter.moments({ from: 1, to: 3 }), { from: 1_000, to: 3_000 });
    assert.deepEqual(meter.moments({ from: 0, to: 3 }), { from: 0, to: 3_000 });
  });

  it("[LD-75] takes percentiles over all of its seconds, not over their percentiles", () => {
    const meter = meterOf([
      delta(0, { latencies: { ...NONE, delivery: taken(10, 900) } }),
      delta(1, { latencies: { ...NONE, delivery: taken(500, 100) } }),
    ]);

    const { p50, p90, p99 } = meter.measure({ from: 0, to: 2 }).delivery;

    assert.equal(p50 < 11 && p90 < 11, true);
    assert.equal(Math.abs(p99 - 500) < 1, true);
  });

  it("[LD-75] leaves out the latencies of seconds in which the generator could not keep up, and counts those", () => {
    const bad = {
      invalid: ["cpu"],
      latencies: { ...NONE, delivery: taken(900) },
      effort: { cpu: 1, loopDelayP99Ms: 40, loopDelayMaxMs: 80, sendLagMaxMs: 60 },
    };
    const meter = meterOf([delta(0), delta(1, bad), delta(3)]);

    const { invalidSeconds, delivery, generator } = meter.measure({ from: 0, to: 4 });

    // Second 2 was never told of: the generator did not run.
    assert.equal(invalidSeconds, 2);
    assert.equal(delivery.max < 21, true);
    assert.deepEqual(generator, bad.effort);
  });

  it("[LD-75] adds workers up, and is over when each has told of its last second", () => {
    const both = [0, 1].flatMap((second) => [delta(second), delta(second, { worker: 1 })]);
    const meter = meterOf(both.slice(0, 3), 2);

    assert.equal(meter.isOver(1), true);
    assert.equal(meter.isOver(2), false);
    meter.add(delta(1, { worker: 1 }), 2_000);
    assert.equal(meter.isOver(2), true);
    const { sent, delivery, invalidSeconds } = meter.measure({ from: 0, to: 2 });
    assert.deepEqual([sent, delivery.count, invalidSeconds], [200, 400, 0]);
  });

  it("[LD-76] counts refusals, faults and lost connections by name, as a share of what was sent", () => {
    const meter = meterOf([
      delta(0, { refused: { BARRAGE_RATE_LIMITED: 3 }, closed: { "1006": 1 } }),
      delta(1, { refused: { BARRAGE_RATE_LIMITED: 2, HTTP_503: 1 }, faults: { odd: 1 } }),
    ]);

    const { errors, errorShare } = meter.measure({ from: 0, to: 2 });

    assert.deepEqual(errors, { BARRAGE_RATE_LIMITED: 5, HTTP_503: 1, odd: 1, "closed with 1006": 1 });
    assert.equal(errorShare, 8 / 200);
  });
});
