import assert from "node:assert/strict";
import { connect, createServer } from "node:net";
import type { AddressInfo, Socket } from "node:net";
import { describe, it } from "node:test";
import type { TestContext } from "node:test";
import { background, rootContext, systemClock } from "@barrage/kernel";
import type { Clock, Context } from "@barrage/kernel";
import { Controller, joinRun, localWorker, processWorkers, Random, runLoad } from "../../src/index.ts";
import type { LoadPlan, StartWorker } from "../../src/index.ts";
import { thisSystem } from "../../src/workers/handshake.ts";
import { planFor } from "../reference/plans.ts";
import { listed, ReferenceServer } from "../reference/reference-server.ts";

const SOUND = { fate: () => ({ copies: 1, delayMs: 0 }) };
const TOKEN = "a token of a run";
const HOST = "127.0.0.1";
const LONG = { stages: [{ kind: "hold", rate: 100, seconds: 60 }] } as const satisfies Partial<LoadPlan>;

const locals = (count: number): readonly StartWorker[] => Array.from({ length: count }, () => localWorker);

/** What a run publishes: number and text of each send, without its moment. */
async function textsOf(workers: readonly StartWorker[]): Promise<readonly string[]> {
  await using server = await new ReferenceServer("barrage", SOUND).listen();
  const stages = [{ kind: "ramp", from: 10, to: 50, seconds: 1 }] as const;
  await runLoad(planFor(server.port, { stages, users: 7 }), { workers }, background);
  return server.contents.map((text) => text.replace(/^(#\w+\.\w+)\.\w+/, "$1")).toSorted();
}

/** A worker of another machine, in this process: it ends when the run does, or `ctx`. */
function joining(controller: Controller, identity: string | undefined, ctx: Context): Promise<void> {
  const options = { host: HOST, port: controller.port, token: TOKEN };
  return joinRun({ ...options, identity: { name: "other", machine: identity } }, ctx);
}

const listening = (workers: number): Promise<Controller> =>
  Controller.listen({ host: HOST, port: 0, token: TOKEN, workers }, background);

/** A way to that port that can be cut, as a network can. */
async function cuttable(t: TestContext, port: number): Promise<{ readonly port: number; cut(): void }> {
  const sockets: Socket[] = [];
  const server = createServer((near) => {
    const far = connect(port, HOST);
    for (const socket of [near, far]) socket.on("error", () => {});
    sockets.push(near, far);
    near.pipe(far).pipe(near);
  });
  await new Promise<void>((resolve) => void server.listen(0, HOST, resolve));
  const cut = (): void => {
    for (const socket of sockets) socket.destroy();
  };
  t.after(() => {
    cut();
    return new Promise((resolve) => void server.close(resolve));
  });
  return { port: (server.address() as AddressInfo).port, cut };
}

/** For workers that are only waited for while something is wrong. */
const PATIENCE_MS = 60_000;

describe("several workers", () => {
  it("[LD-25] publish the same as one, whatever their number", async () => {
    const alone = await textsOf(locals(1));

    assert.equal(alone.length, 30);
    assert.deepEqual(await textsOf(locals(3)), alone);
    assert.deepEqual(await textsOf(processWorkers(2)), alone);
  });

  it("[LD-16, LD-26] in processes of their own find losses, doubles and disorder exactly", async () => {
    await using server = await new ReferenceServer("barrage", {
      fate(viewer, seq) {
        const draw = new Random(viewer * 7_919 + seq).next();
        return { copies: draw < 0.03 ? 0 : draw < 0.07 ? 2 : 1, delayMs: draw > 0.9 ? 35 : 5 };
      },
    }).listen();

    const plan = planFor(server.port, { viewers: 11, drainMs: 8_000 });
    const report = await runLoad(plan, { workers: processWorkers(2) }, background);

    const { lost, doubles, disordered, latencies } = listed(server);
    const { audience } = report;
    assert.ok(lost > 50 && doubles > 50 && disordered > 50);
    assert.deepEqual([audience.lost, audience.doubles, audience.disordered], [lost, doubles, disordered]);
    assert.deepEqual([audience.viewers, audience.expected], [11, 4_400]);
    assert.deepEqual([report.published, report.acked, server.published], [400, 400, 400]);
    assert.equal(report.latenciesWithInvalid.delivery.count, latencies.length);
    assert.deepEqual([report.isComplete, report.lostWorkers], [true, []]);
  });

  it("[LD-21, LD-32] connect from the plan's source addresses in turns, together as one would", async () => {
    await using server = await new ReferenceServer("barrage", SOUND).listen();
    const sources = ["127.0.0.5", "127.0.0.6", "127.0.0.7"];
    const stages = [{ kind: "hold", rate: 10, seconds: 1 }] as const;

    await runLoad(planFor(server.port, { sources, stages }), { workers: locals(2) }, background);

    const of = (address: string): number => server.addresses.filter((each) => each === address).length;
    assert.deepEqual(sources.map(of), [4, 3, 3]);
  });

  it("[LD-29] of which one is killed make a run that is not complete, with what the others have", async () => {
    await using server = await new ReferenceServer("barrage", SOUND).listen();
    const pids: number[] = [];
    const stages = [{ kind: "hold", rate: 100, seconds: 5 }] as const;

    const report = await runLoad(
      // The wait ends as soon as nobody misses anything.
      planFor(server.port, { stages, drainMs: PATIENCE_MS }),
      {
        workers: processWorkers(2, { onProcess: (pid) => pids.push(pid) }),
        onSecond({ second }) {
          const pid = pids[1];
          if (second === 0 && pid !== undefined) process.kill(pid, "SIGKILL");
        },
      },
      background,
    );

    assert.equal(report.isComplete, false);
    assert.deepEqual(
      report.lostWorkers.map(({ worker, code }) => [worker, code]),
      [[1, "LOAD_WORKER_LOST"]],
    );
    assert.ok((report.lostWorkers[0]?.lastSecond ?? -1) >= 0);
    // Half of ten viewers are the other worker's, and they miss nothing of either's.
    assert.deepEqual([report.audience.viewers, report.audience.lost], [5, 0]);
    assert.ok(report.audience.expected > 0 && report.published > 200);
  });

  it("[LD-29] of which one goes before the start do not begin", async () => {
    await using server = await new ReferenceServer("barrage", SOUND).listen();
    await using controller = await listening(1);
    using going = background.cancellable();
    const joined = joining(controller, undefined, going);
    const workers = await controller.workers(PATIENCE_MS);
    going.cancel();
    await assert.rejects(joined, { code: "KERNEL_CANCELLED" });

    await assert.rejects(runLoad(planFor(server.port), { workers }, background), {
      code: "LOAD_WORKER_LOST",
    });
  });

  it("[LD-29] a worker whose controller goes says so", async () => {
    const controller = await listening(1);
    const joined = joining(controller, undefined, background);
    await controller.workers(PATIENCE_MS);

    await controller[Symbol.asyncDispose]();

    await assert.rejects(joined, { code: "LOAD_CONTROLLER_LOST" });
  });

  it("[LD-29] that lose their controller in the midst of a run end, and it reports what it has", async (t) => {
    await using server = await new ReferenceServer("barrage", SOUND).listen();
    await using controller = await listening(1);
    const way = await cuttable(t, controller.port);
    const joined = joinRun({ host: HOST, port: way.port, token: TOKEN }, background);
    const workers = await controller.workers(PATIENCE_MS);
    const onSecond = ({ second }: { second: number }): void => {
      if (second === 0) way.cut();
    };

    const report = runLoad(planFor(server.port, LONG), { workers, onSecond }, background);

    await assert.rejects(joined, { code: "LOAD_CONTROLLER_LOST" });
    const { isComplete, lostWorkers, audience, published } = await report;
    assert.deepEqual([isComplete, lostWorkers.length, audience.viewers], [false, 1, 0]);
    // Of a minute's 6,000: nobody waits for the rest.
    assert.ok(published > 0 && published < 3_000);
  });

  it("[LD-19] in processes of their own that are stopped report what they have", async () => {
    await using server = await new ReferenceServer("barrage", SOUND).listen();
    using stopping = background.cancellable();
    const onSecond = ({ second }: { second: number }): void => {
      if (second === 0) stopping.cancel();
    };

    const report = await runLoad(
      planFor(server.port, LONG),
      { workers: processWorkers(2), onSecond },
      stopping,
    );

    assert.deepEqual([report.isComplete, report.lostWorkers], [false, []]);
    const { viewers, expected, received, lost } = report.audience;
    assert.deepEqual([viewers, received + lost], [10, expected]);
    // What is acknowledged or delivered after the short wait of a stop is late, on a busy machine.
    assert.ok(expected > 0 && expected <= report.acked * 10);
  });
});

/** A clock that starts elsewhere and goes wrong by a ten-thousandth. */
const skewed: Clock = {
  ...systemClock,
  now: () => 5_000_000 + systemClock.now() * 1.0001,
};

describe("workers of other machines", () => {
  it("[LD-28] know the run's clock to within what the report says", async () => {
    await using server = await new ReferenceServer("barrage", SOUND).listen();
    await using controller = await listening(2);
    const all = [
      joining(controller, "another system", rootContext({ clock: skewed })),
      joining(controller, thisSystem(), background),
    ];
    const truth = Number(process.hrtime.bigint()) / 1e6 - skewed.now();
    const seen: { offsetMs: number; errorMs: number }[] = [];
    const workers = (await controller.workers(PATIENCE_MS)).map((start): StartWorker => (assignment, ctx) => {
      const clock = (told: { offsetMs: number; errorMs: number }): void => {
        seen.push(told);
        assignment.events.clock(told);
      };
      return start({ ...assignment, events: { ...assignment.events, clock } }, ctx);
    });

    const report = await runLoad(planFor(server.port, { drainMs: PATIENCE_MS }), { workers }, background);
    await Promise.all(all);

    const measured = seen.filter(({ errorMs }) => errorMs > 0 && errorMs < Infinity);
    assert.ok(measured.length >= 3);
    // The truth itself moves by a ten-thousandth of the test's time.
    const moved = systemClock.now() * 0.0001;
    for (const { offsetMs, errorMs } of measured)
      assert.ok(Math.abs(offsetMs - truth) <= errorMs + moved, `${offsetMs} and ${truth} within ${errorMs}`);
    assert.deepEqual(new Set(report.clocks.map(({ errorMs }) => errorMs > 0)), new Set([false, true]));
    assert.deepEqual([report.audience.lost, report.audience.received, report.isComplete], [0, 4_000, true]);
  });
});
