import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { compareLines, compareReports, measuresOf } from "../../src/index.ts";
import type { Compared, LoadReport } from "../../src/index.ts";
import { madeReport } from "./made-report.ts";

const at = (deliveryMs: number): LoadReport => madeReport({ deliveryMs: () => deliveryMs });

const row = (a: LoadReport, b: LoadReport, measure: string, limit?: number): Compared | undefined =>
  compareReports(a, b, limit).rows.find((each) => each.measure === measure);

const p99Of = (p99: number): LoadReport => {
  const report = at(p99);
  const { delivery } = report.latencies;
  return { ...report, latencies: { ...report.latencies, delivery: { ...delivery, p99 } } };
};

const withAudience = (changes: Partial<LoadReport["audience"]>): LoadReport => {
  const report = at(10);
  return { ...report, audience: { ...report.audience, ...changes } };
};

describe("comparing reports", () => {
  it("[LD-65] lists every measure of either once, and equal reports are equal", () => {
    const [a, b] = [at(10), madeReport({ isStopped: true })];
    const names = compareReports(b, a).rows.map(({ measure }) => measure);
    const all = Object.keys(measuresOf(a)).filter((name) => !/^(p\d+|max)$/.test(name));

    assert.deepEqual(names.toSorted(), all.toSorted());
    assert.ok(compareReports(a, a).rows.every(({ ratio, change }) => ratio === 1 && change === ""));
    assert.equal(row(a, b, "lost")?.ratio, undefined);
  });

  it("[LD-65] calls a latency worse above the ratio, not at it, and better below its inverse", () => {
    const changes = [119, 120, 121, 83, 84].map((p99) => row(p99Of(100), p99Of(p99), "delivery.p99")?.change);

    assert.deepEqual(changes, ["", "", "worse", "better", ""]);
    assert.equal(row(p99Of(100), p99Of(150), "delivery.p99", 1.5)?.change, "");
    assert.equal(row(p99Of(100), p99Of(151), "delivery.p99", 1.5)?.change, "worse");
  });

  it("[LD-65] takes latencies that differ by less than half a millisecond for equal", () => {
    assert.equal(row(at(0.5), at(0.99), "delivery.p99")?.change, "");
    assert.equal(row(at(0.5), at(1.01), "delivery.p99")?.change, "worse");
  });

  it("[LD-65] judges the server's processor by the ratio alone", () => {
    const [idle, busy] = [0.1, 0.3].map((cpu) => madeReport({ server: [{ second: 0, cpu }] }));

    assert.ok(idle !== undefined && busy !== undefined);
    assert.equal(row(idle, busy, "server.cpu")?.change, "worse");
    assert.equal(row(at(10), busy, "server.cpu")?.change, "");
  });

  it("[LD-65] judges counts by their own side, and what says nothing of the server by none", () => {
    const base = withAudience({ lost: 0, received: 100 });

    assert.equal(row(base, withAudience({ lost: 1 }), "lost")?.change, "worse");
    assert.equal(row(base, withAudience({ lost: 0 }), "lost")?.change, "");
    assert.equal(row(base, withAudience({ received: 80 }), "received")?.change, "worse");
    assert.equal(row(base, withAudience({ received: 130 }), "received")?.change, "better");
    assert.equal(row(base, withAudience({ expected: 1 }), "expected")?.change, "");
    assert.equal(row(at(100), at(900), "delivery.max")?.change, "");
    assert.equal(row(base, { ...base, invalidSeconds: 5 }, "invalid")?.change, "");
  });

  it("[LD-65] tells what differs in plan and machine, but not the run's own name", () => {
    const a = at(10);
    const b = {
      ...a,
      plan: { ...a.plan, run: "other", rooms: ["a-other"], viewers: 20 },
      machine: { ...a.machine, cpus: 64 },
    };
    const same = { ...a, plan: { ...a.plan, rooms: ["a-made"] } };

    assert.deepEqual(compareReports(same, b).differences, [
      ["viewers", "10", "20"],
      ["machine.cpus", String(a.machine.cpus), "64"],
    ]);
  });

  it("[LD-65] prints a table that names what is worse", () => {
    const lines = compareLines(compareReports(p99Of(100), p99Of(200)));

    assert.match(lines.join("\n"), /^delivery\.p99 +100 +200 +2\.000  worse$/m);
    assert.match(lines.at(-1) ?? "", /^worse: delivery\.p50, delivery\.p95, delivery\.p99, delivery\.p999/);
    assert.equal(compareLines(compareReports(at(100), at(100))).at(-1), "nothing is worse");
  });
});
