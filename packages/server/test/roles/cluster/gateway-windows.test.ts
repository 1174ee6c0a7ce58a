import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createMemoryFeed } from "@barrage/engine";
import type { Batch, GatewayFigures } from "@barrage/engine";
import { rootContext, Scope } from "@barrage/kernel";
import { FakeClock } from "@barrage/testkit";
import { GatewayWindows } from "../../../src/roles/cluster/gateway-windows.ts";

const FLUSH = { minMs: 10, maxMs: 250, cpuShare: 0.6 };
/** Viewers of a room that is too large for the smallest window, at what a write costs. */
const VIEWERS = 2_000;
const WRITE_MS = 0.01;

/** A room here, a batch of two records every 10 ms, and a process that does nothing else. */
async function crowd(viewers = VIEWERS) {
  const clock = new FakeClock();
  const scope = new Scope(rootContext({ clock }), { name: "test", onError: "report" });
  const inner = createMemoryFeed();
  const windows = new GatewayWindows(inner, FLUSH);
  const given: Batch[] = [];
  const feed = windows.subscribe({ batch: (batch) => void given.push(batch), interrupted: () => undefined });
  let writes = 0;
  const late = { timers: 0, ms: 0 };
  const ms = (): number => writes * WRITE_MS;
  const figures: GatewayFigures = {
    viewersOf: () => viewers,
    get work() {
      return { writes, ms: ms() };
    },
    meter: { now: () => clock.now(), busyMs: ms, cpuMs: ms, lateness: () => ({ ...late }) },
  };
  scope.spawn((ctx) => windows.run(figures, ctx), { name: "windows" });
  await feed.enter("r", scope.context);
  let seq = 0;
  const batch = async (windowMs: number): Promise<void> => {
    const items = [{}, {}] as unknown as Batch["items"];
    await inner.publish({ room: "r", prev: seq, seq: (seq += 2), items, windowMs }, scope.context);
  };
  return {
    feed,
    windows,
    given,
    batch,
    /** Timers that were each so late. */
    beLate(byMs: number): void {
      late.timers += 1;
      late.ms += byMs;
    },
    async talk(forMs: number) {
      for (let at = 0; at < forMs; at += 10) {
        await batch(10);
        writes += viewers;
        await clock.advance(10);
      }
    },
    pass: (forMs: number) => clock.advance(forMs),
    [Symbol.asyncDispose]: () => scope[Symbol.asyncDispose](),
  };
}

describe("a gateway's flush windows", () => {
  it("[CR-40] what suits it is planned by its own load, and wished for as long as it is more than the smallest", async () => {
    await using run = await crowd();
    assert.deepEqual([...run.windows.wishes()], []);

    await run.talk(500);
    // 2,000 writes of 10 us are 20 ms: in six tenths of the time every 34 ms.
    const [[room, ms] = ["", 0]] = run.windows.wishes();
    assert.equal(room, "r");
    assert.equal(ms >= 33 && ms <= 40, true, `${ms} ms`);
    await run.pass(2_000);
    assert.deepEqual([...run.windows.wishes()], []);
  });

  it("[CR-40, DL-43] a longer one is wished for while the event loop is late, though fan-out is in its share", async () => {
    await using run = await crowd(VIEWERS / 10);
    await run.talk(500);
    assert.deepEqual([...run.windows.wishes()], []);

    for (let look = 0; look < 24; look += 1) {
      run.beLate(50);
      await run.talk(250);
    }
    const [[, ms] = ["", 0]] = run.windows.wishes();
    assert.equal(ms >= 45 && ms <= 50, true, `${ms} ms`);
    for (let look = 0; look < 24; look += 1) {
      run.beLate(0);
      await run.talk(250);
    }
    assert.deepEqual([...run.windows.wishes()], []);
  });

  it("[CR-40] in force is what the last batch said, until the room is left", async () => {
    await using run = await crowd();
    assert.deepEqual([run.windows.windowMs("r"), run.windows.longestMs], [10, 10]);

    await run.batch(80);
    assert.deepEqual([run.windows.windowMs("r"), run.windows.longestMs], [80, 80]);
    assert.equal(run.windows.windowMs("other"), 10);
    assert.equal(run.given.length, 1);

    await run.talk(500);
    run.feed.leave("r");
    await run.batch(80);
    assert.deepEqual([run.windows.windowMs("r"), run.windows.longestMs], [10, 10]);
    assert.deepEqual([...run.windows.wishes()], []);
  });
});
