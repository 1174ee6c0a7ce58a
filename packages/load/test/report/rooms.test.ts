import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ROOMS_APART_MAX } from "../../src/run/room-tally.ts";
import { madeReport } from "./made-report.ts";

const rooms = (count: number): readonly string[] => Array.from({ length: count }, (_, index) => `r${index}`);

describe("rooms of a report", () => {
  it("[LD-63] are told apart up to a hundred; the others count together", () => {
    assert.equal(ROOMS_APART_MAX, 100);
    for (const [count, reported] of [
      [99, 99],
      [100, 100],
      [101, 101],
      [150, 101],
    ] as const) {
      const report = madeReport({ rooms: rooms(count), seconds: 1 });
      const others = report.rooms.filter(({ room }) => room === "");

      assert.equal(report.rooms.length, reported);
      assert.deepEqual(
        others.map((each) => [each.published, each.delivered, each.audience?.viewers]),
        count > 100 ? [[count - 100, (count - 100) * 10, count - 100]] : [],
      );
    }
  });

  it("[LD-63] add up to the whole, whatever their names", () => {
    const report = madeReport({ rooms: ["constructor", "toString", "__proto__"] });

    assert.deepEqual(
      report.rooms.map(({ room, delivered, audience }) => [room, delivered, audience?.lost]),
      [
        ["constructor", 50, 1],
        ["toString", 50, 1],
        ["__proto__", 50, 1],
      ],
    );
    assert.deepEqual([report.delivered, report.audience.lost], [150, 3]);
  });

  it("[LD-63] have latencies within 1 %, of seconds in which the generator kept up", () => {
    const report = madeReport({ deliveryMs: (second) => (second === 1 ? 5_000 : 123.4), invalid: [1] });
    const { count, p50, max } = report.rooms[0]?.latency ?? report.latenciesWithInvalid.delivery;

    assert.equal(count, 40);
    for (const value of [p50, max]) assert.ok(Math.abs(value / 123.4 - 1) <= 0.01, String(value));
  });

  it("[LD-63] have no verdict where the run was stopped before", () => {
    assert.deepEqual(
      madeReport({ isStopped: true }).rooms.map((each) => "audience" in each),
      [false],
    );
  });
});
