import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { rootContext } from "@barrage/kernel";
import { FakeClock } from "@barrage/testkit";
import { capacityLines, measureCapacity, parseCapacityReport, stepLine } from "../../src/index.ts";
import type { CapacityReport, CapacitySettings, Step } from "../../src/index.ts";
import { ModelRig, SETTINGS } from "./models.ts";

async function measured(rig: ModelRig, changes: Partial<CapacitySettings> = {}): Promise<CapacityReport> {
  const clock = new FakeClock();
  const running = measureCapacity({ ...SETTINGS, ...changes }, rig, {}, rootContext({ clock }));
  await clock.runUntilIdle();
  return running;
}

describe("measuring capacity", () => {
  it("[LD-73] finds the knee of a server whose capacity is known, within a step", async () => {
    for (const capacity of [90, 480, 1_900, 7_000]) {
      const { result, bottleneck } = await measured(new ModelRig(capacity));

      // CPU crosses 0.9 at 94 % of the capacity.
      const knee = ((0.9 - 0.1) / 0.85) * capacity;
      assert.equal((result.held ?? 0) <= knee && knee <= (result.over ?? 0), true, String(capacity));
      assert.equal((result.over ?? 0) - (result.held ?? 0) <= (result.held ?? 0) * 0.16 + 26, true);
      assert.equal(bottleneck.name, "server CPU");
    }
  });

  it("[LD-74] leaves out loads that the generator could not make, and says so", async () => {
    const { steps, bottleneck, throughput, result } = await measured(
      new ModelRig(10_000, { generatorMax: 700 }),
    );

    assert.deepEqual([bottleneck.name, result.ceiling, result.held], ["generator", "generator", 656]);
    const largest = throughput.kind === "fit" ? throughput.largestLoad : 0;
    assert.equal(largest, 656);
    assert.deepEqual(
      steps.filter(({ verdict }) => verdict === "generator").map(({ load }) => load),
      [1_050, 1_050],
    );
  });

  it("[LD-73] does not hold a load that loses anything", async () => {
    const { steps, result, bottleneck } = await measured(new ModelRig(480, { losesFrom: 400 }));

    const holds = steps.filter(({ phase }) => phase === "hold");
    assert.deepEqual(
      holds.map(({ verdict, crossed, lost }) => [verdict, crossed.includes("lost"), lost]),
      [
        ["over", true, 1],
        ["under", false, 0],
      ],
    );
    assert.equal(result.held, holds.at(-1)?.load);
    assert.equal(bottleneck.name, "lost");
  });

  it("[LD-72] gives no peak beyond what was measured", async () => {
    const report = await measured(new ModelRig(1_900));

    const text = capacityLines(report).join("\n");
    const largest = Math.max(...report.steps.map(({ load }) => load));
    assert.match(text, new RegExp(`do not extrapolate beyond ${largest} danmaku/s`));
    if (report.peak.kind === "measured")
      assert.equal((report.peak.load?.estimate ?? Infinity) <= largest, true);
    else assert.doesNotMatch(text, /Most throughput at/);
  });

  it("[LD-71] says why there is no curve, and prints no parameters", async () => {
    const report = await measured(new ModelRig(10_000), { shape: { start: 50, growth: 1.6, max: 100 } });

    assert.equal(report.throughput.kind, "no fit");
    const text = capacityLines(report).join("\n");
    assert.match(text, /Throughput: no fit\. 3 different loads were measured/);
    assert.doesNotMatch(text, /sigma/);
  });

  it("[LD-77] recommends queues of rate times p99 times safety, rounded up", async () => {
    const { recommendation, steps } = await measured(new ModelRig(1_900), { safety: 3 });

    const held = steps.at(-1);
    for (const { rate, p99Ms, capacity } of recommendation?.queues ?? []) {
      assert.equal(rate, held?.rate);
      assert.equal(capacity, Math.ceil((rate * p99Ms * 3) / 1_000));
    }
    assert.deepEqual(
      recommendation?.queues.map(({ p99Ms }) => p99Ms),
      [held?.ack.p99, held?.delivery.p99],
    );
  });

  it("[LD-77] recommends the smallest window whose writes fit beside what is let in, and none where it is of no account", async () => {
    const windowOf = async (changes: Partial<CapacitySettings>) => {
      const { recommendation } = await measured(new ModelRig(1_900), changes);
      return [recommendation?.flushWindowMs, recommendation?.windowCause ?? ""] as const;
    };
    const current = (flushMinMs: number) => ({ current: { ...SETTINGS.current, flushMinMs } });

    const [asIs, cause] = await windowOf({ ...current(25), shape: { start: 10, growth: 1.6, max: 30 } });
    // The model idles at 0.02 cores and its line meets rate 0 at 0.1: writing takes 0.08, of which 0.18 may be taken.
    const [[short], [long]] = [await windowOf(current(25)), await windowOf(current(200))];

    assert.deepEqual([asIs, short, long], [25, 15, 90]);
    assert.match(cause, /further apart than a window/);
  });

  it("[LD-77] recommends one process a core but one, and to let in four fifths of what was held", async () => {
    const { recommendation, result } = await measured(new ModelRig(1_900));

    assert.equal(recommendation?.workers, 7);
    const perSecond = recommendation?.settings["engine.limits.room.perSecond"];
    assert.equal(perSecond, Math.floor((result.held ?? 0) * 0.8));
  });

  it("[LD-79] says what a machine would hold, the same for the same seed", async () => {
    const [report, again] = [await measured(new ModelRig(1_900)), await measured(new ModelRig(1_900))];

    assert.deepEqual(report.estimate, again.estimate);
    const { perProcess, load, processes, connections } = report.estimate ?? {};
    assert.equal(processes, 7);
    assert.equal(load?.estimate, Math.floor((perProcess?.estimate ?? 0) * 7));
    assert.equal(
      perProcess !== undefined &&
        perProcess.low <= perProcess.estimate &&
        perProcess.estimate <= perProcess.high,
      true,
    );
    // 16 GiB, of which 70 % for 7 processes of 90 MB and 20 kB a connection.
    const exact = (16 * 2 ** 30 * 0.7 - 7 * 90e6) / 20_000;
    assert.equal(Math.abs((connections?.estimate ?? 0) - exact) < exact * 0.01, true);
  });

  it("[LD-79] says what of it was assumed, and that memory is not known where it did not grow", async () => {
    const rig = new ModelRig(1_900);
    rig.memoryReadings = rig.memoryReadings.map(([connections]) => [connections, 90e6] as const);

    const report = await measured(rig);

    const text = capacityLines(report).join("\n");
    assert.equal(report.estimate?.connections, undefined);
    assert.match(text, /Memory by connection: not known\. the server's memory did not grow/);
    assert.match(text, /assumed: 7 processes hold 7 times what one holds; the run measured one/);
  });

  it("[LD-79] does not multiply what a process holds by processes where the limit lies outside of it", async () => {
    const slowDisk = new ModelRig(480, { isDiskFull: true });

    const [outside, atLeast] = [
      await measured(slowDisk),
      await measured(new ModelRig(10_000, { generatorMax: 700 })),
    ];

    assert.equal(outside.bottleneck.place, "outside");
    assert.deepEqual(outside.estimate?.load.estimate, outside.estimate?.perProcess.estimate);
    assert.match(capacityLines(outside).join("\n"), /assumed: more processes hold no more/);
    assert.equal(atLeast.estimate?.isAtLeast, true);
    assert.match(capacityLines(atLeast).join("\n"), /one process: at least 656 /);
  });

  it("[LD-81] comes back from its JSON as it was, and is shown whole", async () => {
    const report = await measured(new ModelRig(1_900));

    assert.deepEqual(parseCapacityReport(JSON.stringify(report), "f"), JSON.parse(JSON.stringify(report)));
    const text = capacityLines(report).join("\n");
    for (const part of [
      /First bottleneck: server CPU/,
      /lambda .* sigma .* kappa/,
      /residual/,
      /batch window \d+ ms/,
      /90 % band/,
    ])
      assert.match(text, part);
    assert.equal(text.includes("undefined") || text.includes("NaN"), false, text);
    for (const [broken, pattern] of [
      ["{", /JSON/],
      ["{}", /format/],
      ['{"format":"barrage-capacity-report","version":99}', /version 1/],
    ] as const)
      assert.throws(() => parseCapacityReport(broken, "f.json"), pattern);
  });

  it("[LD-81] tells each phase and step on the way", async () => {
    const [phases, lines]: [string[], string[]] = [[], []];
    const clock = new FakeClock();
    const running = measureCapacity(
      { ...SETTINGS, probeConnections: 0 },
      new ModelRig(480),
      {
        onPhase: (phase) => void phases.push(phase),
        onStep: (step: Step) => void lines.push(stepLine(step, "rate")),
      },
      rootContext({ clock }),
    );
    await clock.runUntilIdle();
    await running;

    assert.deepEqual(phases, ["up", "back", "hold"]);
    assert.match(lines[0] ?? "", /^up +100 danmaku\/s: 100\/s, p99 \d+\.\d ms, server 0\.\d\d cores: ok$/);
    assert.equal(
      lines.some((line) => line.includes("OVER (server CPU")),
      true,
    );
  });

  it("[LD-73] ends at once when it is cancelled", async () => {
    const clock = new FakeClock();
    using ctx = rootContext({ clock }).cancellable();
    const running = measureCapacity(SETTINGS, new ModelRig(480), { onStep: () => ctx.cancel() }, ctx);

    await assert.rejects(running, { name: "CancelledError" });
  });
});
