import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { LimitStores } from "@barrage/engine";
import { rootContext } from "@barrage/kernel";
import type { Context } from "@barrage/kernel";
import { FakeClock } from "@barrage/testkit";
import { FALLBACK_DEFAULTS, fallbackLimits, SharedOrLocal } from "../../src/index.ts";

const SAYING = { id: "i", content: "text", key: undefined };
const UNIQUE = { mode: "on", seconds: 10, count: 10 } as const;
const { timeoutMs, quietMs } = FALLBACK_DEFAULTS;

/** Shared stores that answer 1 and local ones that answer 2. */
class Run {
  readonly clock = new FakeClock();
  readonly ctx: Context = rootContext({ clock: this.clock });
  readonly undone: string[] = [];
  readonly changes: string[] = [];
  readonly guard = new SharedOrLocal(({ type }) => this.changes.push(type));
  readonly limits: LimitStores;
  redis: "up" | "away" | "hanging" = "up";

  constructor() {
    this.limits = fallbackLimits(
      this.stores("shared", () => this.shared()),
      this.stores("local", () => 2),
      this.guard,
    );
  }

  private async shared(): Promise<number> {
    if (this.redis === "hanging") await Promise.withResolvers<never>().promise;
    if (this.redis === "away") throw new Error("Redis is away");
    return 1;
  }

  private stores(name: string, answer: () => number | Promise<number>): LimitStores {
    const undo = async (): Promise<void> => {
      await answer();
      this.undone.push(name);
    };
    const buckets = { take: answer };
    const speaking = { enter: answer, undo };
    return { users: buckets, rooms: buckets, addresses: buckets, slowMode: speaking, uniqueMode: speaking };
  }

  all(): Promise<readonly number[]> {
    const { users, rooms, addresses, slowMode, uniqueMode } = this.limits;
    return Promise.all([
      ...[users, rooms, addresses].map((buckets) => buckets.take("k", this.ctx)),
      slowMode.enter("r", "u", 5, this.ctx),
      uniqueMode.enter("r", SAYING, UNIQUE, this.ctx),
    ]);
  }
}

describe("fallback limits", () => {
  it("[RD-36] the shared stores answer while they do", async () => {
    const run = new Run();

    assert.deepEqual(await run.all(), [1, 1, 1, 1, 1]);
    assert.deepEqual([run.changes, run.guard.localAnswers, run.guard.isLocal], [[], 0, false]);
  });

  it("[RD-36] while they fail the local ones answer, which is told once, counted, and told once when it is over", async () => {
    const run = new Run();
    run.redis = "away";
    assert.deepEqual(await run.all(), [2, 2, 2, 2, 2]);
    assert.deepEqual(await run.all(), [2, 2, 2, 2, 2]);
    assert.deepEqual([run.changes, run.guard.localAnswers], [["local"], 10]);

    run.redis = "up";
    await run.clock.advance(quietMs - 1);
    assert.deepEqual(await run.all(), [1, 1, 1, 1, 1]);
    assert.deepEqual(run.changes, ["local"]);
    await run.clock.advance(1);
    await run.all();

    assert.deepEqual([run.changes, run.guard.isLocal], [["local", "shared"], false]);
  });

  it("[RD-36] one that hangs is waited for no longer than its time", async () => {
    const run = new Run();
    run.redis = "hanging";
    let answer = 0;
    const asked = Promise.resolve(run.limits.users.take("k", run.ctx)).then((wait) => (answer = wait));

    await run.clock.advance(timeoutMs - 1);
    assert.equal(answer, 0);
    await run.clock.advance(1);
    await asked;

    assert.equal(answer, 2);
  });

  it("[RD-36] what is undone is undone in both; a caller that hangs up is no failure", async () => {
    const run = new Run();
    await run.limits.slowMode.undo("r", "u", run.ctx);
    await run.limits.uniqueMode.undo("r", SAYING, run.ctx);
    assert.deepEqual(run.undone.toSorted(), ["local", "local", "shared", "shared"]);

    run.redis = "hanging";
    using leaving = run.ctx.cancellable();
    const asked = assert.rejects(async () => run.limits.users.take("k", leaving));
    leaving.cancel();
    await asked;

    assert.equal(run.guard.isLocal, false);
  });
});
