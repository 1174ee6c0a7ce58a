import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { rootContext, scope } from "@barrage/kernel";
import { FakeClock } from "@barrage/testkit";
import { keepUp } from "../../src/cluster/keep-up.ts";
import type { KeptUp } from "../../src/cluster/keep-up.ts";

/** Something that ends when the test says so. */
class Puppet implements KeptUp {
  readonly name = "router";
  starts = 0;
  /** What the next starts come to; ready when there is nothing left. */
  readonly failures: Error[] = [];
  private over = Promise.withResolvers<string>();

  get ended(): Promise<string> {
    return this.over.promise;
  }

  end(how: string): void {
    this.over.resolve(how);
  }

  start(): Promise<void> {
    this.starts += 1;
    const failure = this.failures.shift();
    if (failure !== undefined) return Promise.reject(failure);
    this.over = Promise.withResolvers();
    return Promise.resolve();
  }
}

async function kept(
  body: (puppet: Puppet, clock: FakeClock, said: string[]) => Promise<void>,
): Promise<void> {
  const clock = new FakeClock();
  const puppet = new Puppet();
  const said: string[] = [];
  await scope(
    async (tasks) => {
      const task = tasks.spawn((ctx) => keepUp(puppet, (line) => said.push(line), ctx));
      await clock.advance(0);
      await body(puppet, clock, said);
      task.cancel();
    },
    { parent: rootContext({ clock }) },
  );
}

describe("keeping a role up", () => {
  it("[CU-13] starts what has ended again after a pause, and says both", () =>
    kept(async (puppet, clock, said) => {
      puppet.end("SIGKILL");
      await clock.advance(249);
      const before = puppet.starts;
      await clock.advance(1);

      assert.deepEqual([before, puppet.starts], [0, 1]);
      assert.deepEqual(said, ["router has ended (SIGKILL); it is started again in 250 ms", "router is back"]);
    }));

  it("[CU-13] waits longer each time, up to 10 s, and says why it did not start", () =>
    kept(async (puppet, clock, said) => {
      puppet.failures.push(...Array.from({ length: 8 }, () => new Error("no\nbroker")));
      puppet.end("code 1");
      await clock.advance(60_000);

      const pauses = said.flatMap((line) => /again in (\d+) ms/.exec(line)?.[1] ?? []);
      assert.deepEqual(
        pauses,
        ["250", "500", "1000", "2000", "4000", "8000", "10000", "10000", "10000"].slice(0, pauses.length),
      );
      assert.equal(pauses.length >= 8, true);
      assert.equal(said[1], "router did not start: no broker");
    }));

  it("[CU-13] begins anew with short pauses once it ran for 30 s", () =>
    kept(async (puppet, clock, said) => {
      const rounds = [
        { runsMs: 0, pauseMs: 250 },
        { runsMs: 29_999, pauseMs: 500 },
        { runsMs: 30_000, pauseMs: 250 },
      ];
      for (const { runsMs, pauseMs } of rounds) {
        await clock.advance(runsMs);
        puppet.end("code 1");
        await clock.advance(pauseMs);
      }

      const pauses = said.flatMap((line) => /again in (\d+) ms/.exec(line)?.[1] ?? []);
      assert.deepEqual(pauses, ["250", "500", "250"]);
    }));
});
