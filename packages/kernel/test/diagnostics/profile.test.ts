import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { describe, it } from "node:test";
import { Channel, liveTaskCount, nextTurn, rootContext, Scope, scope, sleep } from "@barrage/kernel";
import { creationStacks, profile, type StackMode, type TaskGroup } from "@barrage/kernel/diagnostics";
import { FakeClock } from "@barrage/testkit";

const of = (name: string): TaskGroup[] => profile().filter(({ labels }) => labels["task"] === name);

async function withStacks(mode: StackMode, body: () => Promise<void>): Promise<void> {
  creationStacks(mode);
  try {
    await body();
  } finally {
    creationStacks("sampled");
  }
}

describe("profile", () => {
  it("[KD-1] counts tasks by kind and wait reason, the largest group first", async () => {
    const clock = new FakeClock();
    const jobs = new Channel<void>(0, { name: "jobs" });
    await using s = new Scope(rootContext({ clock }), { name: "pool" });
    s.spawn((ctx) => jobs.receive(ctx), { name: "p1" });
    await clock.advance(40);
    for (let i = 0; i < 4; i++) s.spawn((ctx) => jobs.receive(ctx), { name: "p1" });
    for (let i = 0; i < 3; i++) s.spawn((ctx) => sleep(1e6 + i, ctx), { name: "p1" });
    await clock.advance(2);

    const groups = of("p1").map(({ count, waiting, oldestMs, labels }) => ({
      count,
      waiting,
      oldestMs,
      labels,
    }));

    assert.deepEqual(groups, [
      { count: 5, waiting: "receive jobs", oldestMs: 42, labels: { task: "p1", scope: "pool" } },
      { count: 3, waiting: "sleep", oldestMs: 2, labels: { task: "p1", scope: "pool" } },
    ]);
  });

  it("[KD-1] moves a task from group to group, and out at its end", async () => {
    const [one, two] = [new Channel<void>(0, { name: "one" }), new Channel<void>(0, { name: "two" })];
    const waits = (): string[] => of("p2").map(({ waiting }) => waiting);
    const seen: string[][] = [];
    await scope(async (s) => {
      s.spawn(async (ctx) => (await one.receive(ctx), await two.receive(ctx)), { name: "p2" });
      seen.push(waits());
      await nextTurn();
      seen.push(waits());
      await one.send();
      await nextTurn();
      seen.push(waits());
      await two.send();
    });

    assert.deepEqual([...seen, waits()], [["running"], ["receive one"], ["receive two"], []]);
  });

  it("[KD-2] takes no stack when off, and one for the kind when sampled", async () => {
    for (const [mode, name, frames] of [
      ["off", "p3", 0],
      ["sampled", "p4", 1],
    ] as const) {
      await withStacks(mode, () =>
        scope(async (s) => {
          for (let i = 0; i < 3; i++) s.spawn((ctx) => sleep(1e6, ctx), { name });
          await nextTurn();
          const [group] = of(name);
          assert.equal(group?.count, 3);
          assert.equal(Math.min(1, group.stack.length), frames);
          assert.equal(
            group.stack.some((frame) => frame.includes("/kernel/src/task/")),
            false,
          );
          if (frames === 1) assert.match(group.stack[0] ?? "", /profile\.test\.ts/);
          s.cancel();
        }),
      );
    }
  });

  it("[KD-2] tells tasks of one name apart by their creation stacks when all are taken", async () => {
    await withStacks("full", () =>
      scope(async (s) => {
        const here = (): unknown => s.spawn((ctx) => sleep(1e6, ctx), { name: "p5" });
        const there = (): unknown => s.spawn((ctx) => sleep(1e6, ctx), { name: "p5" });
        for (let i = 0; i < 3; i++) here();
        there();
        await nextTurn();
        await nextTurn();

        const groups = of("p5");

        assert.deepEqual(
          groups.map(({ count }) => count),
          [3, 1],
        );
        assert.match(groups[0]?.stack[0] ?? "", /^here /);
        assert.match(groups[1]?.stack[0] ?? "", /^there /);
        s.cancel();
      }),
    );
  });

  for (const [channels, groups] of [
    [31, 31],
    [32, 32],
    [33, 33],
    [100, 33],
  ] as const) {
    it(`[KD-3] has ${groups} wait reasons for ${channels} channels`, async () => {
      const name = `p6-${channels}`;
      await using s = new Scope(undefined, { onError: "collect" });
      for (let i = 0; i < channels; i++) {
        s.spawn((ctx) => new Channel<void>(0, { name: `of connection ${i}` }).receive(ctx), { name });
      }
      // They have been counted as running before, so that the table has this entry too.
      await nextTurn();

      const found = of(name);

      assert.equal(
        found.reduce((sum, { count }) => sum + count, 0),
        channels,
      );
      assert.ok(found.length <= groups);
      assert.equal(
        found.some(({ waiting }) => waiting === "receive"),
        channels > 31,
      );
    });
  }

  it("[KD-4] takes a profile of 100,000 tasks in less than 15 ms", async () => {
    const hold = new Channel<void>(0, { name: "hold" });
    await using s = new Scope(undefined, { onError: "collect" });
    for (let i = 0; i < 100_000; i++) s.spawn((ctx) => hold.receive(ctx), { name: `p7-${i % 10}` });
    await nextTurn();
    assert.ok(liveTaskCount() >= 100_000);
    const times = [1, 2, 3, 4, 5].map(() => {
      const from = performance.now();
      assert.equal(profile()[0]?.count, 10_000);
      return performance.now() - from;
    });

    assert.ok(Math.min(...times) < 15, `${Math.min(...times)} ms`);
  });

  it("[KD-5] counts tasks that were started before the tools were imported", () => {
    const program = `
      import { Channel, go, nextTurn } from "@barrage/kernel";
      const early = new Channel(0, { name: "early" });
      for (let i = 0; i < 3; i++) go((ctx) => early.receive(ctx), { name: "before" });
      await nextTurn();
      const { profile } = await import("@barrage/kernel/diagnostics");
      const before = profile().map(({ count, waiting }) => [count, waiting]);
      early.close();
      await nextTurn();
      console.log(JSON.stringify([before, profile()]));`;
    const { stdout } = spawnSync(process.execPath, ["--input-type=module", "-e", program], {
      cwd: import.meta.dirname,
      encoding: "utf8",
    });

    assert.deepEqual(JSON.parse(stdout), [[[3, "receive early"]], []]);
  });

  it("[KD-6] shows a wait without a context in the first synchronous part of a body", async () => {
    const bare = new Channel<void>(0, { name: "bare" });
    await scope(async (s) => {
      s.spawn(() => bare.receive(), { name: "p8" });
      await nextTurn();
      const [group] = of("p8");
      bare.close();
      assert.equal(group?.waiting, "receive bare");
    });
  });
});
