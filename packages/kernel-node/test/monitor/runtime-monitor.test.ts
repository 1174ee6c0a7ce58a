import assert from "node:assert/strict";
import { EventEmitter } from "node:events";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { Channel, go, liveTasks, nextTurn, rootContext, Scope, sleep } from "@barrage/kernel";
import { watchSlices, watchTimers } from "@barrage/kernel/diagnostics";
import {
  type MonitorOptions,
  RuntimeMonitor,
  type RuntimeSample,
  type Suspicion,
} from "@barrage/kernel-node";
import { FakeClock } from "@barrage/testkit";

const PERIOD = 1000;

function monitored(options: MonitorOptions = {}): {
  monitor: RuntimeMonitor;
  clock: FakeClock;
  samples: RuntimeSample[];
  suspicions: Suspicion[];
  scope: Scope;
} {
  const clock = new FakeClock();
  const context = rootContext({ clock });
  const [samples, suspicions]: [RuntimeSample[], Suspicion[]] = [[], []];
  const monitor = new RuntimeMonitor({
    window: 8,
    rise: 4,
    everyMs: PERIOD,
    context,
    onSample: (sample) => samples.push(sample),
    onSuspicion: (suspicion) => suspicions.push(suspicion),
    ...options,
  });
  return {
    monitor,
    clock,
    samples,
    suspicions,
    scope: new Scope(context, { name: "app", onError: "collect" }),
  };
}

function folder(t: TestContext): string {
  const path = mkdtempSync(join(tmpdir(), "barrage-dumps-"));
  t.after(() => rmSync(path, { recursive: true }));
  return path;
}

describe("runtime monitor", () => {
  it("[KD-62] samples once per period what is alive", async () => {
    const emitter = new EventEmitter().on("a", () => {}).on("b", () => {});
    const { monitor, clock, samples, scope } = monitored({ emitters: new Map([["bus", emitter]]) });
    await using _monitor = monitor;
    await using s = scope;
    for (let i = 0; i < 4; i++) s.spawn((ctx) => sleep(1e9, ctx), { name: "idle" });

    await clock.advance(3 * PERIOD);

    assert.equal(samples.length, 3);
    const sample = monitor.latest ?? assert.fail("no sample");
    assert.equal(sample, samples[2]);
    assert.equal(sample.wallMs > 0, true);
    assert.deepEqual(
      sample.groups
        .filter(({ labels }) => labels["task"] === "idle")
        .map(({ count, waiting }) => [count, waiting]),
      [[4, "sleep"]],
    );
    assert.equal(sample.listeners["bus"], 2);
    assert.ok((sample.listeners["process"] ?? 0) > 0);
    assert.ok(sample.heapUsedBytes > 0 && sample.externalBytes > 0);
    assert.ok(sample.loop.utilisation >= 0 && sample.loop.utilisation <= 1);
    assert.ok(sample.loop.delayMaxMs >= sample.loop.delayP99Ms);
  });

  it("[KD-63] gives live tasks by group, zero once when a group is gone, and failures by task", async () => {
    const seen: string[] = [];
    const { monitor, clock, scope } = monitored({
      metrics: {
        tasksLive: (group, count) => group === "app/short" && seen.push(`${group} ${count}`),
        taskPanic: (task) => seen.push(`panic ${task}`),
      },
    });
    await using _monitor = monitor;
    await using s = scope;
    const task = s.spawn((ctx) => sleep(1e9, ctx), { name: "short" });
    await clock.advance(PERIOD);
    task.cancel();
    await clock.advance(3 * PERIOD);
    go(() => Promise.reject(new Error("x")), { name: "breaks" });
    await nextTurn();

    assert.deepEqual(seen, ["app/short 1", "app/short 0", "panic breaks"]);
  });

  it("[KD-63, KD-64] suspects what climbs: tasks, listeners, timers, slices, handles", async () => {
    const emitter = new EventEmitter().setMaxListeners(0);
    const kinds: string[] = [];
    const timers = new FakeClock();
    using _timers = watchTimers(timers, "climbing");
    const { monitor, clock, suspicions, scope } = monitored({
      emitters: new Map([["bus", emitter]]),
      metrics: { leakSuspected: (kind) => kinds.push(kind) },
    });
    await using _monitor = monitor;
    await using s = scope;
    const kept: Uint8Array[] = [];
    const servers: Server[] = [];
    for (let i = 0; i < 10; i++) {
      s.spawn((ctx) => sleep(1e9, ctx), { name: "climbing" });
      emitter.on("x", () => {});
      timers.setTimer(1e9, () => {});
      kept.push(watchSlices(new Uint8Array(8192).subarray(0, 1), "climbing"));
      const server = createServer();
      await new Promise<void>((resolve) => {
        server.listen(0, "127.0.0.1", resolve);
      });
      servers.push(server);
      await clock.advance(PERIOD);
    }
    for (const server of servers) server.close();

    assert.deepEqual(kinds.toSorted(), ["growth", "handles", "listeners", "slices", "timers"]);
    assert.ok(suspicions.some(({ what }) => /^handles TCPServerWrap grew from 1\.5 to 7\.5$/.test(what)));
    assert.equal(kept.length, 10);
  });

  it("[KD-64] suspects tasks that stay under a cancelled context, once", async () => {
    const { monitor, clock, suspicions, scope } = monitored();
    await using _monitor = monitor;
    const deaf = new Channel<void>(0, { name: "deaf" });
    scope.spawn(() => deaf.receive(), { name: "goes on" });
    await nextTurn();
    scope.cancel();
    await clock.advance(4 * PERIOD);
    deaf.close();

    assert.deepEqual(
      suspicions.map(({ kind, what }) => [kind, what.startsWith("1 app/goes on [receive deaf")]),
      [["overstayed", true]],
    );
  });

  it("[KD-65] writes dumps, keeps the newest, and leaves other files alone", async (t) => {
    const path = folder(t);
    writeFileSync(join(path, "notes.txt"), "mine");
    const { monitor, clock, suspicions, scope } = monitored({ dumpFolder: path, keepDumps: 2, threshold: 1 });
    await using s = scope;
    for (let n = 0; n < 4; n++) {
      for (let i = 0; i < 2; i++) s.spawn((ctx) => sleep(1e9, ctx), { name: `group ${n}` });
      await clock.advance(PERIOD);
      while (suspicions.length <= n) await nextTurn();
    }
    await monitor[Symbol.asyncDispose]();

    const dumps = readdirSync(path).toSorted();

    assert.deepEqual(
      dumps.map((name) => name.replace(/^tasks-.*-(threshold-\d)\.txt$/, "$1")),
      ["notes.txt", "threshold-3", "threshold-4"],
    );
    const text = readFileSync(suspicions[3]?.dump ?? "", "utf8");
    assert.match(text, /^threshold: 2 app\/group 3 \[sleep/);
    assert.match(text, /\n\d+ tasks in \d+ groups\n/);
    assert.match(text, /\nprocess\n/);
  });

  it("[KD-66] takes a sample of 10,000 tasks in less than 10 ms", async () => {
    const { monitor, clock, scope } = monitored();
    await using _monitor = monitor;
    await using s = scope;
    for (let i = 0; i < 10_000; i++) s.spawn((ctx) => sleep(1e9, ctx), { name: `kind ${i % 20}` });
    await clock.advance(PERIOD);
    const sample = Reflect.get(monitor, "sample") as () => void;
    const times = [1, 2, 3, 4, 5].map(() => {
      const from = performance.now();
      sample.call(monitor);
      return performance.now() - from;
    });

    assert.ok(Math.min(...times) < 10, `${Math.min(...times)} ms`);
  });

  it("[KD-67] leaves no task behind", async () => {
    const { monitor, clock } = monitored();
    await clock.advance(2 * PERIOD);
    await monitor[Symbol.asyncDispose]();
    await nextTurn();

    assert.deepEqual(
      liveTasks().filter(({ scope }) => scope === "monitor" || scope === "diagnostics"),
      [],
    );
  });
});
