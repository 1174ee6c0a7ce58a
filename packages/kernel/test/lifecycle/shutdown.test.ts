import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  liveTaskCount,
  liveTasks,
  nextTurn,
  onTaskFailure,
  rootContext,
  Shutdown,
  type ShutdownPhase,
  type ShutdownReport,
  sleep,
} from "@barrage/kernel";
import { assertNoLeaks } from "@barrage/kernel/diagnostics";
import { FakeClock, leavesTasks } from "@barrage/testkit";

type Run = ShutdownPhase["steps"][number]["run"];

/** A phase whose steps note that they began. */
function phase(
  name: string,
  begun: string[],
  runs: readonly Run[],
  more: Partial<ShutdownPhase> = {},
): ShutdownPhase {
  const steps = runs.map((run, i) => ({
    name: `${name}${i}`,
    run: (ctx: Parameters<Run>[0]) => {
      begun.push(`${name}${i}`);
      return run(ctx);
    },
  }));
  return { name, steps, ...more };
}

const done = (): void => undefined;
const never = (): Promise<void> => Promise.withResolvers<void>().promise;
const broken = (): Promise<void> => Promise.reject(new Error("no"));
const takes =
  (ms: number): Run =>
  (ctx) =>
    sleep(ms, ctx);

function down(phases: readonly ShutdownPhase[], deadlineMs = 1000): { clock: FakeClock; way: Shutdown } {
  const clock = new FakeClock();
  return { clock, way: new Shutdown({ phases, deadlineMs, name: "down" }, rootContext({ clock })) };
}

const outcomes = (report: ShutdownReport): readonly string[] =>
  report.steps.map(({ step, outcome }) => `${step} ${outcome}`);

describe("Shutdown", () => {
  it("[KN-180][KN-183] goes phase after phase, the steps of each at once, and once", async () => {
    const begun: string[] = [];
    const { clock, way } = down([phase("a", begun, [takes(100), takes(200)]), phase("b", begun, [done])]);

    assert.equal(way.begun, false);
    const both = assertNoLeaks(() => Promise.all([way.run(), way.run()]));
    await clock.advance(199);
    assert.deepEqual([begun, way.begun], [["a0", "a1"], true]);
    await clock.advance(1);

    const [report, same] = await both;
    assert.equal(report, same);
    assert.deepEqual(outcomes(report), ["a0 done", "a1 done", "b0 done"]);
    assert.deepEqual([report.clean, report.forced, report.ms, report.unfinished], [true, false, 200, []]);
    assert.deepEqual(
      report.steps.map(({ ms }) => ms),
      [100, 200, 0],
    );
    assert.equal(clock.pendingTimers, 0);
  });

  it("[KN-181][KN-183] leaves behind what fails or passes the deadline of its phase", async () => {
    leavesTasks("a unit that does not end in time is left behind");
    const begun: string[] = [];
    const { clock, way } = down([
      phase("a", begun, [broken, never, takes(500), done], { deadlineMs: 100 }),
      phase("b", begun, [takes(50)]),
    ]);
    const ending = way.run();

    await clock.advance(150);

    const report = await ending;
    assert.deepEqual(outcomes(report), ["a0 failed", "a1 late", "a2 late", "a3 done", "b0 done"]);
    assert.deepEqual([report.clean, report.ms], [false, 150]);
    assert.deepEqual(
      report.unfinished.map(({ error }) => (error as Error).message),
      ["no", "down/a passed its deadline", "down/a passed its deadline"],
    );
  });

  it("[KN-181] skips what would begin after the whole deadline, except what goes always", async () => {
    leavesTasks("a unit that does not end in time is left behind");
    const begun: string[] = [];
    const { clock, way } = down([
      phase("a", begun, [never], { deadlineMs: 5000 }),
      phase("b", begun, [done]),
      phase("c", begun, [takes(100), never], { always: true }),
    ]);
    const ending = way.run();

    await clock.advance(999);
    assert.deepEqual(begun, ["a0"]);
    await clock.advance(1);
    assert.deepEqual(begun, ["a0", "c0", "c1"]);
    await clock.advance(4999);
    await clock.advance(1);

    const report = await ending;
    assert.deepEqual(outcomes(report), ["a0 late", "b0 skipped", "c0 done", "c1 late"]);
    assert.equal(report.ms, 6000);
    assert.equal(clock.pendingTimers, 0);
  });

  it("[KN-182][KN-183] waits for nobody when it is forced, and releases all the same", async () => {
    leavesTasks("a unit that does not end in time is left behind");
    const begun: string[] = [];
    const { clock, way } = down([
      phase("a", begun, [never, (ctx) => sleep(1e6, ctx)]),
      phase("b", begun, [done]),
      phase("c", begun, [takes(10)], { always: true }),
    ]);
    const ending = way.request();
    await clock.advance(5);

    const second = way.request();
    await clock.advance(10);

    const report = await ending;
    assert.equal(await second, report);
    assert.deepEqual(outcomes(report), ["a0 forced", "a1 forced", "b0 skipped", "c0 done"]);
    assert.deepEqual([report.forced, report.ms], [true, 15]);
  });

  it("[KN-182] may be forced before it begins", async () => {
    const begun: string[] = [];
    const { way } = down([phase("a", begun, [done]), phase("b", begun, [done], { always: true })]);

    way.force();

    assert.deepEqual(outcomes(await way.run()), ["a0 skipped", "b0 done"]);
    assert.deepEqual(begun, ["b0"]);
  });

  it("[KN-182] takes a step that ends in the turn it is told as done or failed in it", async () => {
    const { way } = down([
      phase(
        "a",
        [],
        [
          (ctx) => new Promise<void>((resolve) => ctx.onCancel(() => resolve())),
          (ctx) => new Promise<void>((_, reject) => ctx.onCancel(() => reject(new Error("half written")))),
        ],
      ),
    ]);
    const ending = way.run();
    await nextTurn();

    way.force();

    const { steps } = await ending;
    assert.deepEqual(
      steps.map(({ outcome }) => outcome),
      ["done", "forced"],
    );
    assert.match(String(steps[1]?.error), /half written/);
  });

  it("[KN-181] keeps a step that goes on in the list of live tasks, and reports how that ends", async () => {
    const failures: unknown[] = [];
    using _ = onTaskFailure(({ error }) => failures.push((error as Error).message));
    const before = liveTaskCount();
    const gate = Promise.withResolvers<void>();
    const { clock, way } = down([phase("a", [], [() => gate.promise])], 10);
    const ending = way.run();
    await clock.advance(10);
    await ending;

    assert.deepEqual(
      liveTasks()
        .slice(before)
        .map(({ name }) => name),
      ["down/a/a0"],
    );
    gate.reject(new Error("too late"));
    await nextTurn();

    assert.deepEqual([failures, liveTaskCount()], [["too late"], before]);
  });

  it("[KN-180] is not cut short by the end of the context it was made with", async () => {
    const clock = new FakeClock();
    const ctx = rootContext({ clock }).cancellable();
    ctx.cancel();
    const told: string[] = [];
    const onStep = (name: string, step: string): void => void told.push(`${name}/${step}`);
    const way = new Shutdown({ phases: [phase("a", [], [done])], deadlineMs: 10, onStep }, ctx);

    assert.equal((await way.run()).clean, true);
    assert.deepEqual(told, ["a/a0"]);
  });
});
