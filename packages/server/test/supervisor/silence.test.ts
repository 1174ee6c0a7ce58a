import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { parseCpuTimes, readCpuTimes } from "../../src/supervisor/cpu-times.ts";
import type { CpuTimes } from "../../src/supervisor/cpu-times.ts";
import { newFleet } from "../../src/supervisor/fleet.ts";
import type { Fleet, FleetEffect, FleetEvent, FleetPolicy } from "../../src/supervisor/fleet.ts";
import { judgeSilence, membersToRead } from "../../src/supervisor/silence.ts";
import { stepFleet } from "../../src/supervisor/step-fleet.ts";

const HANG_MS = 10_000;
const POLICY: FleetPolicy = {
  hangMs: HANG_MS,
  startMs: 60_000,
  drainMs: 15_000,
  respawn: { baseMs: 250, maxMs: 30_000, stableMs: 10_000 },
};
const TICK_MS = 100;
const WORKER = 2;

/** An owner that reports and one worker that does not, on a machine that gives it what a test says. */
class Machine {
  now = 0;
  fleet: Fleet = newFleet(1, 0);
  readonly effects: FleetEffect[] = [];
  private times: CpuTimes | undefined;

  constructor(times: CpuTimes | undefined) {
    this.times = times;
    this.tell({ type: "begin" });
    this.tell({ type: "ready", generation: 1 });
    this.tell({ type: "ready", generation: WORKER, times });
  }

  tell(event: FleetEvent): void {
    const { fleet, effects } = stepFleet(this.fleet, event, POLICY, this.now);
    this.fleet = fleet;
    this.effects.push(...effects);
  }

  /** Time in which the worker has a processor for `runs` of it, and waits for one for `waits`. */
  pass(ms: number, { runs = 0, waits = 0 }): void {
    for (const end = this.now + ms; this.now < end;) this.look(TICK_MS, { runs, waits });
  }

  look(ms: number, { runs = 0, waits = 0 }): void {
    this.now += ms;
    const { times } = this;
    if (times !== undefined)
      this.times = {
        runMs: times.runMs + runs * ms,
        waitMs: times.waitMs + waits * ms,
        isRunnable: runs + waits >= 1,
      };
    this.tell({ type: "heard", generation: 1, connections: 0 });
    const read = membersToRead(this.fleet, HANG_MS, this.now);
    const known = read.flatMap(({ generation }) =>
      this.times === undefined ? [] : [[generation, this.times] as const],
    );
    this.tell({ type: "tick", times: new Map(known) });
  }

  answer(): void {
    this.tell({ type: "heard", generation: WORKER, connections: 0, times: this.times });
  }

  get state(): string | undefined {
    return this.fleet.members.get(WORKER)?.life.state;
  }

  get verdicts(): readonly string[] {
    return this.effects.flatMap((effect) => (effect.type === "silence" ? [effect.verdict] : []));
  }

  said(pattern: RegExp) {
    return this.effects.flatMap((effect) =>
      effect.type === "say" && pattern.test(effect.text) ? [effect.fields] : [],
    );
  }
}

/** A machine with forty busy processes for two processors. */
const CROWDED = 0.95;
const FRESH: CpuTimes = { runMs: 400, waitMs: 7_000, isRunnable: false };

describe("a silent process", () => {
  it("[WK-59] is starved while it waits for a processor, and stays; the log says so once, with the figures", () => {
    const machine = new Machine(FRESH);
    machine.pass(60_000, { runs: 1 - CROWDED, waits: CROWDED });

    assert.equal(machine.state, "serving");
    assert.deepEqual(machine.verdicts, ["starved"]);
    assert.deepEqual(machine.said(/worker 1 has been silent for 10000 ms, waiting for a processor/), [
      {
        role: "worker",
        worker: "1",
        generation: WORKER,
        verdict: "starved",
        silent_ms: 10_100,
        run_ms: 505,
        waited_ms: 9_595,
      },
    ]);

    machine.answer();
    assert.equal(machine.said(/worker 1 is heard of again after 60000 ms/).length, 1);
    machine.pass(11_000, { waits: CROWDED });
    assert.deepEqual(machine.verdicts, ["starved", "starved"]);
  });

  const hung: readonly (readonly [string, { runs?: number; waits?: number }])[] = [
    ["runs without an end", { runs: 1 }],
    ["stands still", {}],
    ["waits, but not for a processor", { runs: 0.01 }],
  ];
  for (const [what, given] of hung) {
    it(`[WK-59] that ${what} is hung: killed after the bound of silence, not before`, () => {
      const machine = new Machine(FRESH);
      machine.pass(HANG_MS, given);
      assert.equal(machine.state, "serving");
      machine.pass(TICK_MS, given);

      assert.equal(machine.state, "killed");
      assert.deepEqual(machine.verdicts, ["hung"]);
      const [said] = machine.said(/worker 1 has been silent for 10000 ms and is killed/);
      assert.deepEqual([said?.["silent_ms"], said?.["waited_ms"]], [10_100, 0]);
    });
  }

  it("[WK-59] in an endless loop on a full machine is killed once it has had the processor for as long", () => {
    const machine = new Machine(FRESH);
    machine.pass(HANG_MS * 3, { runs: 0.25, waits: 0.75 });
    assert.equal(machine.state, "serving");
    machine.pass(HANG_MS + TICK_MS, { runs: 0.25, waits: 0.75 });

    assert.equal(machine.state, "killed");
    assert.deepEqual(machine.verdicts, ["starved", "hung"]);
    assert.equal(machine.said(/is killed/)[0]?.["run_ms"], 10_025);
  });

  it("[WK-59] that wants a processor now is judged by the time that it ran: a wait that lasts is not told yet", () => {
    const after = (runMs: number) => ({
      before: FRESH,
      now: { ...FRESH, runMs: FRESH.runMs + runMs, isRunnable: true },
    });

    assert.equal(judgeSilence(60_000, after(HANG_MS), HANG_MS)?.verdict, "starved");
    assert.equal(judgeSilence(60_000, after(HANG_MS + 1), HANG_MS)?.verdict, "hung");
  });

  it("[WK-59] is hung where the system does not tell", () => {
    const machine = new Machine(undefined);
    machine.pass(HANG_MS + TICK_MS, { waits: 1 });

    assert.equal(machine.state, "killed");
    assert.equal(machine.said(/is killed/)[0]?.["run_ms"], undefined);
  });

  it("[WK-59] is not excused by what it waited before the supervisor itself stood still", () => {
    const machine = new Machine(FRESH);
    machine.pass(9_000, { waits: 1 });
    machine.look(30_000, { waits: 1 });
    machine.pass(HANG_MS, {});
    assert.equal(machine.state, "serving");
    machine.pass(TICK_MS, {});

    assert.equal(machine.state, "killed");
  });

  it("[WK-59] is judged by the time that it did not wait, at the bound exactly", () => {
    const after = (waitedMs: number) => ({
      before: FRESH,
      now: { ...FRESH, waitMs: FRESH.waitMs + waitedMs },
    });

    assert.equal(judgeSilence(HANG_MS, after(0), HANG_MS), undefined);
    assert.equal(judgeSilence(HANG_MS + 1, after(0), HANG_MS)?.verdict, "hung");
    assert.equal(judgeSilence(HANG_MS + 1, after(1), HANG_MS)?.verdict, "starved");
    assert.equal(judgeSilence(HANG_MS + 2, after(1), HANG_MS)?.verdict, "hung");
  });
});

describe("times of a process", () => {
  it("[WK-59] are the first two figures of its schedstat, and none where a kernel does not count", () => {
    const read = (state: string) => parseCpuTimes("639904000 772147000 31\n", `7 (a) R (b) ${state} 1 7 7 0`);
    assert.deepEqual(read("R"), { runMs: 639.904, waitMs: 772.147, isRunnable: true });
    assert.deepEqual(read("S"), { runMs: 639.904, waitMs: 772.147, isRunnable: false });
    for (const text of ["0 0 0\n", "", "12", "a b c"])
      assert.equal(parseCpuTimes(text, "7 (a) R 1"), undefined);
  });

  it("[WK-59] are told by Linux, and not of a process that is no more", (t) => {
    const before = readCpuTimes(process.pid);
    if (before === undefined) return t.skip("this system does not tell them");
    for (const until = process.cpuUsage().user + 50_000; process.cpuUsage().user < until;);

    const after = readCpuTimes(process.pid);
    assert.equal((after?.runMs ?? 0) > before.runMs, true);
    assert.equal((after?.waitMs ?? 0) >= before.waitMs, true);
    assert.equal(readCpuTimes(2 ** 30), undefined);
  });
});
