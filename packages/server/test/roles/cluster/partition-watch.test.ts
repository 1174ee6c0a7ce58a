import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { rootContext, Scope } from "@barrage/kernel";
import { FakeClock } from "@barrage/testkit";
import { PartitionWatch } from "../../../src/roles/cluster/partition-watch.ts";

const EPOCH = 2 ** 40;

describe("the watch over owned partitions", () => {
  it("[CR-22] counts what is behind from what was committed, and forgets a partition that is given up", async () => {
    const clock = new FakeClock();
    await using scope = new Scope(rootContext({ clock }), { name: "test", onError: "report" });
    const heads = new Map([
      [0, EPOCH + 9],
      [3, EPOCH + 4],
    ]);
    const watch = new PartitionWatch("router", (index) => ({
      head: () => Promise.resolve(heads.get(index) ?? 0),
    }));
    const given = Promise.withResolvers<void>();
    const commits: number[] = [];
    const commit = (seq: number): Promise<void> => {
      commits.push(seq);
      return Promise.resolve();
    };
    const work = watch.watched(async (owned, ctx) => {
      if (owned.index === 0) await owned.commit(EPOCH + 5, ctx);
      await given.promise;
    });

    const both = [work({ index: 3, committed: 0, commit }, scope.context)];
    both.push(work({ index: 0, committed: EPOCH + 1, commit }, scope.context));
    scope.spawn((ctx) => watch.run(ctx), { name: "watch" });
    await clock.advance(2_000);

    assert.deepEqual(watch.figures, {
      role: "router",
      owned: [
        { partition: 0, behind: 4 },
        { partition: 3, behind: 5 },
      ],
      takeovers: 2,
    });
    assert.deepEqual(commits, [EPOCH + 5]);

    given.resolve();
    await Promise.all(both);
    assert.deepEqual(watch.figures.owned, []);
    assert.equal(watch.figures.takeovers, 2);
  });

  it("[CR-22] an empty partition is not behind, and Kafka that is away ends nothing", async () => {
    const clock = new FakeClock();
    await using scope = new Scope(rootContext({ clock }), { name: "test", onError: "report" });
    let isAway = true;
    const watch = new PartitionWatch("archiver", () => ({
      head: () => (isAway ? Promise.reject(new Error("away")) : Promise.resolve(0)),
    }));
    const given = Promise.withResolvers<void>();
    const work = watch.watched(() => given.promise);
    const working = work({ index: 1, committed: 0, commit: () => Promise.resolve() }, scope.context);
    const task = scope.spawn((ctx) => watch.run(ctx), { name: "watch" });

    await clock.advance(2_000);
    isAway = false;
    await clock.advance(2_000);

    assert.deepEqual(watch.figures.owned, [{ partition: 1, behind: 0 }]);
    task.cancel();
    given.resolve();
    await working;
  });
});
