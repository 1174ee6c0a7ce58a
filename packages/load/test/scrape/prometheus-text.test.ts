import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { parseMetrics } from "../../src/scrape/prometheus-text.ts";
import { figuresOf } from "../../src/scrape/server-figures.ts";
import { secondBetween } from "../../src/scrape/server-second.ts";

const PAGE = `
# HELP process_cpu_seconds_total Processor time.
# TYPE process_cpu_seconds_total counter
process_cpu_seconds_total{worker="0"} 1.5
process_cpu_seconds_total{worker="1"} 2 1700000000000
process_resident_memory_bytes 1.048576e+06
barrage_event_loop_delay_seconds{quantile="0.5"} 0.001
barrage_event_loop_delay_seconds{quantile="0.99"} 0.004
barrage_connections 7
# TYPE published counter
published{room="a \\"b\\" {c}, d"} 10
published{room="e"} 5
queue -3
latency_bucket{le="+Inf"} 9
latency_sum 0.25
broken_line
empty_value{a="b"}
ratio NaN
`;

describe("a metrics page", () => {
  it("[LD-48] is read line by line, labels with any text included; what is no sample is passed over", () => {
    const { samples, types } = parseMetrics(PAGE);

    assert.deepEqual(
      samples.map(({ name }) => name).filter((name, at, all) => all.indexOf(name) === at),
      [
        "process_cpu_seconds_total",
        "process_resident_memory_bytes",
        "barrage_event_loop_delay_seconds",
        "barrage_connections",
        "published",
        "queue",
        "latency_bucket",
        "latency_sum",
      ],
    );
    assert.deepEqual(samples.find(({ name }) => name === "published")?.labels, { room: 'a "b" {c}, d' });
    assert.equal(types.get("published"), "counter");
  });

  it("[LD-48] gives the figures of the server: processes together, the worst loop delay, all else by name", () => {
    assert.deepEqual(figuresOf(parseMetrics(PAGE)), {
      cpuSeconds: 3.5,
      residentBytes: 1_048_576,
      loopDelayP99Ms: 4,
      connections: 7,
      gauges: { queue: -3 },
      counters: { published: 15, latency_sum: 0.25 },
    });
  });

  it("[LD-48] gives a second's growth of what only grows, and the value of all else", () => {
    const before = { at: 1_000, figures: figuresOf(parseMetrics(PAGE)) };
    const later = PAGE.replace('worker="0"} 1.5', 'worker="0"} 2.5').replace('room="e"} 5', 'room="e"} 25');
    const after = { at: 3_000, figures: figuresOf(parseMetrics(later)) };

    assert.deepEqual(secondBetween(4, before, after), {
      second: 4,
      cpu: 0.5,
      residentBytes: 1_048_576,
      loopDelayP99Ms: 4,
      connections: 7,
      metrics: { queue: -3, published: 10, latency_sum: 0 },
    });
  });

  it("[LD-48] of a server that was started anew has no growth to tell", () => {
    const reading = (cpuSeconds: number, at: number) => ({
      at,
      figures: { cpuSeconds, gauges: {}, counters: { published: cpuSeconds } },
    });

    assert.deepEqual(secondBetween(1, reading(5, 0), reading(1, 1_000)), { second: 1, metrics: {} });
    assert.deepEqual(secondBetween(1, undefined, reading(1, 1_000)), { second: 1, metrics: {} });
  });
});
