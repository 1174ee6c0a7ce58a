import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { background } from "@barrage/kernel";
import { PROTOCOLS, Random, runLoad } from "../../src/index.ts";
import type { LoadPlan, LoadReport } from "../../src/index.ts";
import { planFor } from "./plans.ts";
import { listed, percentileOf, ReferenceServer } from "./reference-server.ts";
import type { Faults } from "./reference-server.ts";

type Wire = ConstructorParameters<typeof ReferenceServer>[0];

async function measured(wire: Wire, faults: Faults, changes: Partial<LoadPlan> = {}) {
  await using server = await new ReferenceServer(wire, faults).listen();
  const plan = planFor(server.port, { protocol: wire, ...changes });
  const report = await runLoad(plan, {}, background);
  return { report, server };
}

/** Own event-loop delay, ms, above which nobody can measure to 2 ms: server and generator share this process. */
const QUIET_MS = 2;
const ATTEMPTS = 2;
/** Where nothing is lost, the wait ends with the last delivery, however busy the machine is. */
const PATIENCE_MS = 60_000;

/** A run during which the machine was quiet enough, if one of a few is. */
async function quietly(wire: Wire, faults: Faults, changes: Partial<LoadPlan> = {}) {
  for (let attempt = 1; ; attempt += 1) {
    const run = await measured(wire, faults, changes);
    const delay = Math.max(
      ...run.report.timeline.map(({ second, effort }) => (second < 0 ? 0 : effort.loopDelayP99Ms)),
    );
    const noise =
      delay > QUIET_MS ? `the machine is busy: event-loop delay ${delay.toFixed(1)} ms` : undefined;
    if (noise === undefined || attempt === ATTEMPTS) return { ...run, noise };
  }
}

/** Within 2 % or 2 ms, whichever is larger. */
function assertClose(actual: number, exact: number, what: string): void {
  const limit = Math.max(2, exact * 0.02);
  assert.ok(
    Math.abs(actual - exact) <= limit,
    `${what}: ${actual.toFixed(2)} ms, the server's list says ${exact.toFixed(2)} ms`,
  );
}

/** All seconds count here: the list has them all. */
function assertLatencies(report: LoadReport, server: ReferenceServer): void {
  const { latencies } = listed(server);
  assert.equal(report.latenciesWithInvalid.delivery.count, latencies.length);
  for (const [name, percent] of [
    ["p50", 50],
    ["p90", 90],
    ["p95", 95],
    ["p99", 99],
  ] as const)
    assertClose(
      report.latenciesWithInvalid.delivery[name],
      percentileOf(latencies, percent),
      `delivery ${name}`,
    );
}

/** 400 sends in a second. */
const BRISK = { stages: [{ kind: "hold", rate: 400, seconds: 1 } as const] };

/** A fate for each viewer and record, the same in each run. */
const drawn = (viewer: number, seq: number): number => new Random(viewer * 7_919 + seq).next();

/** What the compressed forms add to `goim` is their unpacking, which goim.test.ts has: here it would be the server's load. */
const WIRES = PROTOCOLS.filter((name) => !name.startsWith("goim-")) as readonly Wire[];

describe("against a server with known faults", () => {
  for (const wire of WIRES) {
    it(`[LD-15] ${wire}: finds injected latencies within 2 % or 2 ms`, async (t) => {
      const { report, server, noise } = await quietly(
        wire,
        {
          // Two thirds come after 20 ms, the others after 90, and one in fifty after 300.
          fate: (viewer, seq) => {
            const draw = drawn(viewer, seq);
            return { copies: 1, delayMs: draw < 0.66 ? 20 : draw < 0.98 ? 90 : 300 };
          },
          ackDelayMs: 40,
        },
        BRISK,
      );

      assert.equal(report.published, 400);
      const acks = server.ackLatencies.toSorted((a, b) => a - b);
      try {
        assertLatencies(report, server);
        assertClose(report.latencies.ack.p50, percentileOf(acks, 50), "ack p50");
      } catch (error) {
        if (noise === undefined) throw error;
        return t.skip(`the latencies were not compared with the server's list: ${noise}`);
      }
      assert.ok(
        report.latenciesWithInvalid.delivery.p50 >= 20 && report.latenciesWithInvalid.delivery.p99 >= 290,
      );
    });

    it(`[LD-16] ${wire}: finds losses, doubles and disorder exactly`, async () => {
      const { report, server } = await measured(
        wire,
        {
          fate(viewer, seq) {
            const draw = drawn(viewer, seq);
            const copies = draw < 0.03 ? 0 : draw < 0.07 ? 2 : 1;
            return { copies, delayMs: draw > 0.9 ? 35 : 5 };
          },
        },
        // What a busy machine answers and delivers late is not lost.
        { ...BRISK, drainMs: 6_000 },
      );

      const { lost, doubles, disordered } = listed(server);
      const { audience } = report;
      assert.ok(lost > 50 && doubles > 50 && disordered > 50);
      const { viewers, expected } = audience;
      assert.deepEqual(
        { acked: report.acked, viewers, expected, refused: report.refused },
        { acked: 400, viewers: 10, expected: 4_000, refused: {} },
      );
      assert.deepEqual(
        { lost: audience.lost, doubles: audience.doubles, disordered: audience.disordered },
        { lost, doubles, disordered },
      );
    });
  }

  it("[LD-17] charges a server that stands still for every send that was due meanwhile", async (t) => {
    const { report, server, noise } = await quietly(
      "barrage",
      { fate: () => ({ copies: 1, delayMs: 1 }), stall: { from: 800, to: 1_400 } },
      { lanes: 4, drainMs: PATIENCE_MS },
    );

    if (noise === undefined) assertLatencies(report, server);
    // 600 ms of 2 s: nearly a third of the sends waited, 300 ms on average. A closed loop of four would show four of them.
    assert.ok(
      report.latenciesWithInvalid.delivery.p90 > 300,
      `p90 ${report.latenciesWithInvalid.delivery.p90}`,
    );
    assert.equal(report.audience.lost, 0);
    // All but the comparison has been judged.
    if (noise !== undefined) t.skip(`the latencies were not compared with the server's list: ${noise}`);
  });

  it("[LD-16] finds nothing wrong with a server that does nothing wrong", async () => {
    const sound = { fate: () => ({ copies: 1, delayMs: 0 }) };
    const { report } = await measured("barrage", sound, { drainMs: PATIENCE_MS });

    const { lost, doubles, disordered, chainBreaks, received } = report.audience;
    assert.deepEqual([lost, doubles, disordered, chainBreaks, received], [0, 0, 0, 0, 4_000]);
    assert.deepEqual([report.faults, report.refused, report.closed], [{}, {}, {}]);
    assert.ok(report.sample.records > 400 && report.sample.wrong === 0);
    assert.equal(report.isComplete, true);
  });
});
