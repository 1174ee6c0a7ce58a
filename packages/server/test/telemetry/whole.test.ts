import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import type { Facts, MetricFacts } from "../../src/telemetry/facts.ts";
import { factsSchema } from "../../src/telemetry/facts.ts";
import { Whole } from "../../src/telemetry/whole.ts";

const metric = (name: string, value: number, more: Partial<MetricFacts> = {}): MetricFacts => ({
  name,
  help: "x",
  type: "counter",
  aggregator: "sum",
  values: [{ value, labels: {} }],
  ...more,
});

const facts = (delivered: number, connections: number): Facts => ({
  metrics: [
    metric("barrage_delivered_total", delivered),
    metric("barrage_connections", connections, { type: "gauge" }),
    metric("barrage_event_loop_delay_seconds", connections / 10, { type: "gauge", aggregator: "max" }),
    metric("barrage_ledger_records", 0, {
      type: "gauge",
      values: [
        { value: delivered, labels: { term: "delivered" } },
        { value: connections, labels: { term: "inFlight" } },
      ],
    }),
    metric("barrage_delivery_seconds", 0, {
      type: "histogram",
      values: [
        { value: delivered, labels: { le: 0.1 }, metricName: "barrage_delivery_seconds_bucket" },
        { value: delivered, labels: {}, metricName: "barrage_delivery_seconds_count" },
      ],
    }),
  ],
  ledger: {
    process: {
      published: delivered + connections,
      delivered,
      shed: { slow: 1 },
      in_flight: connections,
      lost_at_close: 0,
      imbalance: 0,
    },
    rooms: [{ room: "r", viewers: connections, everywhere: 8, ledger: { delivered } }],
  },
});

const value = (text: string, series: string): number | undefined => {
  const line = text.split("\n").find((each) => each.startsWith(`${series} `));
  return line === undefined ? undefined : Number(line.slice(series.length));
};

describe("the figures of several processes", () => {
  it("[WK-50] are summed, those of which the largest counts excepted, with the own of whoever asks", async () => {
    const whole = new Whole();
    whole.tell(2, facts(10, 3));
    whole.tell(3, facts(5, 4));

    const { text } = await whole.metrics([metric("own", 7)]);

    assert.equal(value(text, "barrage_delivered_total"), 15);
    assert.equal(value(text, "barrage_connections"), 7);
    assert.equal(value(text, "barrage_event_loop_delay_seconds"), 0.4);
    assert.equal(value(text, 'barrage_delivery_seconds_bucket{le="0.1"}'), 15);
    assert.equal(value(text, "own"), 7);
  });

  it("[WK-51] of a process that has ended: its gauges are gone at once, its counts stay", async () => {
    const whole = new Whole();
    whole.tell(2, facts(10, 3));
    whole.tell(3, facts(5, 4));
    whole.retire(2);
    whole.tell(4, facts(1, 1));

    const { text } = await whole.metrics([]);

    assert.equal(value(text, "barrage_delivered_total"), 16);
    assert.equal(value(text, "barrage_delivery_seconds_count"), 16);
    assert.equal(value(text, "barrage_connections"), 5);
    assert.equal(value(text, 'barrage_ledger_records{term="delivered"}'), 16);
    assert.equal(value(text, 'barrage_ledger_records{term="inFlight"}'), 5);
    assert.equal(value(text, 'barrage_ledger_records{term="lostAtClose"}'), 3);
  });

  it("[WK-52] ledgers are summed term by term and room by room; what an ended process had under way is lost", () => {
    const whole = new Whole();
    whole.tell(2, facts(10, 3));
    whole.tell(3, facts(5, 4));
    whole.retire(2);
    whole.tell(4, facts(1, 1));

    assert.deepEqual(whole.ledger(), {
      process: {
        published: 24,
        delivered: 16,
        shed: { slow: 3 },
        in_flight: 5,
        lost_at_close: 3,
        imbalance: 0,
      },
      rooms: [{ room: "r", viewers: 5, everywhere: 8, ledger: { delivered: 6 } }],
    });
  });

  it("[WK-51] no count ever falls, whoever ends and whoever comes", async () => {
    const step = fc.record({ process: fc.nat(4), ends: fc.boolean(), more: fc.nat(50) });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
        const whole = new Whole();
        const counts = new Map<number, number>();
        let [seen, generation] = [0, 0];
        const generations = [0, 1, 2, 3, 4];
        for (const { process, ends, more } of steps) {
          const own = generations[process] ?? 0;
          if (ends) {
            whole.retire(own);
            generations[process] = generation += 10;
          } else {
            const count = (counts.get(own) ?? 0) + more;
            counts.set(own, count);
            whole.tell(own, facts(count, 1));
          }
          const { text } = await whole.metrics([]);
          const now = value(text, "barrage_delivered_total") ?? 0;
          assert.ok(now >= seen);
          seen = now;
        }
        assert.equal(
          seen,
          [...counts.values()].reduce((a, b) => a + b, 0),
        );
      }),
      { numRuns: 50 },
    );
  });

  it("[WK-53] facts that are none are refused", () => {
    assert.equal(factsSchema.safeParse(facts(1, 1)).success, true);
    for (const bad of [
      undefined,
      {},
      { metrics: 1 },
      { metrics: [{ name: 1 }] },
      { metrics: [], ledger: [] },
    ])
      assert.equal(factsSchema.safeParse(bad).success, false);
  });
});
