import assert from "node:assert/strict";
import { describe, it, mock } from "node:test";
import { background, rootContext } from "@barrage/kernel";
import { FakeClock } from "@barrage/testkit";
import { clusterError, OutsideCalls } from "../../src/index.ts";
import type { CallOptions, OutsideSettings } from "../../src/index.ts";

const SETTINGS: OutsideSettings = {
  timeoutMs: 1_000,
  maxCalls: 2,
  maxWaiting: 1,
  attempts: 3,
  backoffMs: 100,
};
const outage = new Error("connection refused");
const answer = clusterError("REDIS_REFUSED", { operation: "x", key: "k", reason: "WRONGTYPE" });
const isOutage = (error: unknown): boolean => error === outage;

const options = (more: Partial<CallOptions> = {}): CallOptions => ({
  operation: "read",
  node: () => "a:1",
  repeatable: false,
  ...more,
});

const calls = (more: Partial<OutsideSettings> = {}): OutsideCalls =>
  new OutsideCalls("Redis", { ...SETTINGS, ...more }, isOutage);
const fails = (): Promise<never> => Promise.reject(outage);
const works = (): Promise<string> => Promise.resolve("done");
const never = (): Promise<never> => new Promise(() => undefined);

async function times(count: number, call: () => Promise<unknown>): Promise<void> {
  for (let i = 0; i < count; i++) await call().catch(() => undefined);
}

describe("calls that leave the process", () => {
  it("[RD-70] a call that is not answered in time fails, and its place is free again", async () => {
    const clock = new FakeClock();
    const ctx = rootContext({ clock });
    const outside = calls();
    const call = outside.call(options(), never, ctx);
    const refused = assert.rejects(call, { code: "CLUSTER_TIMEOUT" });

    await clock.advance(999);
    assert.equal(outside.health()[0]?.running, 1);
    await clock.advance(1);

    await refused;
    assert.equal(outside.health()[0]?.running, 0);
    assert.equal(clock.pendingTimers, 0);
  });

  it("[RD-70] the deadline of the caller holds where it is sooner, and counts as a failure of the node", async () => {
    const clock = new FakeClock();
    using ctx = rootContext({ clock }).cancellable({ timeout: 300 });
    const outside = calls();
    const refused = assert.rejects(outside.call(options(), never, ctx), { code: "KERNEL_DEADLINE_EXCEEDED" });

    await clock.advance(300);

    await refused;
    assert.equal(outside.health()[0]?.running, 0);
    assert.equal(outside.totals.failures, 1);
  });

  it("[RD-70] a caller that hangs up is told so at once, which says nothing of the node", async () => {
    const ctx = background.cancellable();
    const outside = calls();
    const call = outside.call(options({ repeatable: true }), never, ctx);

    ctx.cancel();

    await assert.rejects(call, { code: "KERNEL_CANCELLED" });
    assert.equal(outside.totals.failures, 0);
    assert.equal(outside.totals.retries, 0);
  });

  for (const [failures, outcome] of [
    [2, "done"],
    [3, "CLUSTER_UNAVAILABLE"],
  ] as const) {
    it(`[RD-71] what may be repeated is tried three times: after ${failures} failures ${outcome}`, async () => {
      const clock = new FakeClock();
      const outside = calls();
      let tries = 0;
      const send = (): Promise<string> => ((tries += 1) <= failures ? fails() : works());
      const call = outside
        .call(options({ repeatable: true }), send, rootContext({ clock }))
        .catch((error: unknown) => (error as { readonly code: string }).code);

      await clock.runUntilIdle();

      assert.equal(await call, outcome);
      assert.equal(tries, 3);
      assert.equal(outside.totals.retries, 2);
    });
  }

  it("[RD-71] waits between tries grow, and none is as long as the last two together", async () => {
    const clock = new FakeClock();
    const outside = calls({ attempts: 6 });
    const at: number[] = [];
    const send = (): Promise<never> => {
      at.push(clock.now());
      return fails();
    };
    const call = outside.call(options({ repeatable: true }), send, rootContext({ clock }));
    const refused = assert.rejects(call, { code: "CLUSTER_UNAVAILABLE" });

    await clock.runUntilIdle();
    await refused;

    const most = [100, 200, 400, 800, 1_600];
    assert.equal(at.length, 6);
    for (const [i, limit] of most.entries()) assert.equal((at[i + 1] ?? 0) - (at[i] ?? 0) <= limit, true);
  });

  it("[RD-71] what may not be repeated, and an answer that is an error, is tried once", async () => {
    const outside = calls();
    let tries = 0;
    const counted = (error: Error) => (): Promise<never> => {
      tries += 1;
      return Promise.reject(error);
    };

    await assert.rejects(outside.call(options(), counted(outage), background), {
      code: "CLUSTER_UNAVAILABLE",
    });
    const refused = outside.call(options({ repeatable: true }), counted(answer), background);
    await assert.rejects(refused, { code: "REDIS_REFUSED" });

    assert.equal(tries, 2);
    assert.equal(outside.totals.failures, 1);
  });

  for (const [failed, circuit] of [
    [5, "closed"],
    [6, "closed"],
    [7, "open"],
  ] as const) {
    it(`[RD-72] of twenty calls within ten seconds ${failed} failed: the circuit is ${circuit}`, async () => {
      const outside = calls();
      await times(20 - failed, () => outside.call(options(), works, background));

      await times(failed, () => outside.call(options(), fails, background));

      assert.equal(outside.health()[0]?.circuit, circuit);
    });
  }

  it("[RD-72] open it refuses unsent; after a minute one call probes, and decides", async () => {
    mock.timers.enable({ apis: ["Date"], now: 1_000_000 });
    try {
      const outside = calls();
      let sent = 0;
      const counted = (): Promise<string> => {
        sent += 1;
        return works();
      };
      await times(20, () => outside.call(options(), fails, background));

      await assert.rejects(outside.call(options({ repeatable: true }), counted, background), {
        code: "CLUSTER_CIRCUIT_OPEN",
      });
      mock.timers.tick(59_999);
      await assert.rejects(outside.call(options(), counted, background), { code: "CLUSTER_CIRCUIT_OPEN" });
      assert.equal(sent, 0);
      mock.timers.tick(1);
      await assert.rejects(outside.call(options(), fails, background), { code: "CLUSTER_UNAVAILABLE" });
      assert.equal(outside.health()[0]?.circuit, "open");
      mock.timers.tick(60_000);
      assert.equal(await outside.call(options(), counted, background), "done");

      assert.equal(outside.health()[0]?.circuit, "closed");
      // Refused at its opening, twice since, and what came after it had opened in the first twenty.
      assert.equal(outside.totals.refusedOpen, 2 + (20 - 10));
    } finally {
      mock.timers.reset();
    }
  });

  it("[RD-72] once the node is heard of otherwise the next call probes at once, and fails or closes the circuit", async () => {
    const outside = calls();
    outside.answered("a:1");
    await times(20, () => outside.call(options(), fails, background));
    outside.answered("b:1");
    await assert.rejects(outside.call(options(), works, background), { code: "CLUSTER_CIRCUIT_OPEN" });

    outside.answered("a:1");
    await assert.rejects(outside.call(options(), fails, background), { code: "CLUSTER_UNAVAILABLE" });
    await assert.rejects(outside.call(options(), works, background), { code: "CLUSTER_CIRCUIT_OPEN" });
    outside.answered("a:1");
    assert.equal(await outside.call(options(), works, background), "done");

    assert.equal(outside.health()[0]?.circuit, "closed");
    // What is heard of a node that is well is not kept for the next time.
    outside.answered("a:1");
    await times(20, () => outside.call(options(), fails, background));
    assert.equal(outside.health()[0]?.circuit, "open");
    await assert.rejects(outside.call(options(), works, background), { code: "CLUSTER_CIRCUIT_OPEN" });
  });

  it("[RD-72] failures are forgotten after ten seconds, answers that are errors never count", async () => {
    mock.timers.enable({ apis: ["Date"], now: 1_000_000 });
    try {
      const outside = calls();
      await times(9, () => outside.call(options(), fails, background));
      for (let second = 0; second < 11; second++) {
        mock.timers.tick(1_000);
        await times(2, () => outside.call(options(), works, background));
      }
      await times(30, () => outside.call(options(), () => Promise.reject(answer), background));
      await times(6, () => outside.call(options(), fails, background));

      assert.equal(outside.health()[0]?.circuit, "closed");
    } finally {
      mock.timers.reset();
    }
  });

  it("[RD-72] each node has a circuit of its own", async () => {
    const outside = calls();
    await times(20, () => outside.call(options(), fails, background));

    assert.equal(await outside.call(options({ node: () => "b:1" }), works, background), "done");
    assert.deepEqual(
      outside.health().map(({ node, circuit }) => [node, circuit]),
      [
        ["a:1", "open"],
        ["b:1", "closed"],
      ],
    );
  });

  it("[RD-72] a call that probes passes an open circuit, and its answer lets the next call through", async () => {
    const outside = calls();
    await times(20, () => outside.call(options(), fails, background));
    const probe = options({ operation: "probe", probes: true });

    await assert.rejects(outside.call(probe, fails, background), { code: "CLUSTER_UNAVAILABLE" });
    await assert.rejects(outside.call(options(), works, background), { code: "CLUSTER_CIRCUIT_OPEN" });
    assert.equal(await outside.call(probe, works, background), "done");

    assert.equal(await outside.call(options(), works, background), "done");
    assert.equal(outside.health()[0]?.circuit, "closed");
  });

  it("[RD-73] each kind of call has its own places at a node", async () => {
    const outside = calls({ maxCalls: 1, maxWaiting: 0 });
    const gate = Promise.withResolvers<string>();
    const read = outside.call(options({ kind: "read" }), () => gate.promise, background);

    await assert.rejects(outside.call(options({ kind: "read" }), works, background), {
      code: "CLUSTER_TOO_MANY_CALLS",
    });
    assert.equal(await outside.call(options({ kind: "append" }), works, background), "done");
    assert.equal(outside.health()[0]?.running, 1);

    gate.resolve("done");
    await read;
  });

  for (const [waitedMs, outcome] of [
    [499, "under way"],
    [500, "CLUSTER_TIMEOUT"],
  ] as const) {
    it(`[RD-70] a call with a time of its own, 500 ms, is after ${waitedMs} ms: ${outcome}`, async () => {
      const clock = new FakeClock();
      using ctx = rootContext({ clock }).cancellable();
      let found = "under way";
      const call = calls().call(options({ timeoutMs: 500 }), never, ctx);
      const ended = call.catch((error: unknown) => (found = (error as { readonly code: string }).code));

      await clock.advance(waitedMs);

      assert.equal(found, outcome);
      ctx.cancel();
      await ended;
    });
  }

  it("[RD-73] so many are under way, so many wait, one more is refused", async () => {
    const outside = calls();
    const gates = Array.from({ length: 3 }, () => Promise.withResolvers<string>());
    const started: number[] = [];
    const under = gates.map(({ promise }, i) =>
      outside.call(
        options(),
        () => {
          started.push(i);
          return promise;
        },
        background,
      ),
    );
    assert.deepEqual(outside.health(), [{ node: "a:1", circuit: "closed", running: 2, waiting: 1 }]);

    await assert.rejects(outside.call(options(), works, background), { code: "CLUSTER_TOO_MANY_CALLS" });
    assert.deepEqual(started, [0, 1]);
    for (const gate of gates) gate.resolve("done");

    assert.deepEqual(await Promise.all(under), ["done", "done", "done"]);
    assert.equal(outside.totals.refusedFull, 1);
  });

  it("[RD-73] whoever waited and was cancelled is not sent any more", async () => {
    const outside = calls({ maxCalls: 1 });
    const gate = Promise.withResolvers<string>();
    const first = outside.call(options(), () => gate.promise, background);
    const ctx = background.cancellable();
    let sent = false;
    const second = outside.call(
      options(),
      () => {
        sent = true;
        return works();
      },
      ctx,
    );
    ctx.cancel();
    await assert.rejects(second, { code: "KERNEL_CANCELLED" });

    gate.resolve("done");
    await first;
    await outside.call(options(), works, background);

    assert.equal(sent, false);
  });
});
