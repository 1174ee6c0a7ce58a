import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { parseStopCondition, stoppedText } from "../../src/index.ts";
import type { TimelineSecond } from "../../src/index.ts";
import { StopWatch } from "../../src/run/stop-condition.ts";

const second = (number: number, figures: Partial<TimelineSecond>): TimelineSecond => ({
  second: number,
  invalid: [],
  published: 100,
  acked: 100,
  refused: 0,
  errors: {},
  delivered: 1_000,
  connections: 10,
  p50: 1,
  p95: 2,
  p99: 3,
  max: 4,
  ackP99: 3,
  effort: { cpu: 0.1, loopDelayP99Ms: 1, loopDelayMaxMs: 2, sendLagMaxMs: 1 },
  ...figures,
});

/** The seconds at which a condition ends the run, given one figure a second. */
const endOf = (text: string, figures: readonly Partial<TimelineSecond>[]) => {
  const watch = new StopWatch([parseStopCondition(text)]);
  const ends = figures.flatMap((each, index) => (watch.look(second(index, each)) ? [index] : []));
  return { ends, stopped: watch.stopped };
};

describe("a stop condition", () => {
  it("[LD-47] ends the run when it has held for so many seconds in a row, once", () => {
    const share = (refused: number) => ({ refused });

    const figures = [6, 6, 5, 6, 6, 6, 6].map(share);

    assert.deepEqual(endOf("errors>5%", figures).ends, [5]);
    assert.deepEqual(endOf("errors>5", figures).ends, [5]);
    assert.deepEqual(endOf("errors > 5% for 4s", figures).ends, [6]);
    assert.deepEqual(endOf("errors>5 for 5s", figures).ends, []);
    assert.deepEqual(endOf("errors>4.9 for 7s", figures).ends, [6]);
    assert.deepEqual(endOf("connections<10 for 1s", [{}, { connections: 9 }]).ends, [1]);
  });

  it("[LD-47] does not look at what a second has not measured, nor at seconds before the sends", () => {
    const idle = { delivered: 0, p99: 0, published: 0, refused: 3 };

    assert.deepEqual(endOf("p99<1 for 1s", [idle, idle]).ends, []);
    assert.deepEqual(endOf("errors>1 for 1s", [idle]).ends, []);
    assert.deepEqual(new StopWatch([parseStopCondition("p99>1 for 1s")]).look(second(-1, {})), false);
  });

  it("[LD-47] is said with the second and its figure", () => {
    const { stopped } = endOf("p99>500 for 2s", [{ p99: 501 }, { p99: 612.3456 }]);

    assert.ok(stopped);
    assert.equal(stoppedText(stopped), "stopped at second 1: p99 > 500 for 2 s (612.346)");
  });

  it("[LD-47] is refused when it is none", () => {
    for (const text of [
      "",
      "errors",
      "errors>=5",
      "errors>5 for 0s",
      "p99>5%",
      "lost>1",
      "p99>x",
      "errors>5 for ever",
    ])
      assert.throws(() => parseStopCondition(text), { code: "LOAD_BAD_CONDITION" }, text);
  });
});
