import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { background, Channel, nextTurn, rootContext, Scope, sleep } from "@barrage/kernel";
import { cancelTree, tree, type TreeNode } from "@barrage/kernel/diagnostics";
import { FakeClock } from "@barrage/testkit";

async function server(): Promise<Scope> {
  const jobs = new Channel<void>(0, { name: "jobs" });
  const s = new Scope(rootContext({ clock: new FakeClock() }), { name: "server", onError: "collect" });
  for (let i = 0; i < 3; i++) s.spawn((ctx) => jobs.receive(ctx), { name: "reader" });
  s.spawn(
    (ctx) => {
      const own = new Scope(ctx, { name: "own", timeout: 500, onError: "collect" });
      own.spawn((inner) => sleep(100, inner), { name: 'say "hi"' });
      return own.join();
    },
    { name: "parent" },
  );
  await nextTurn();
  return s;
}

describe("tree", () => {
  it("[KD-30] draws contexts and tasks as text", async () => {
    await using s = await server();

    assert.equal(
      tree(s.context),
      [
        "server",
        "|- 3 x task reader [receive jobs]",
        "`- task parent [running]",
        "   `- own deadline in 500 ms",
        '      `- task say "hi" [sleep] deadline in 500 ms',
      ].join("\n"),
    );
  });

  it("[KD-30] draws the same as Mermaid", async () => {
    await using s = await server();

    assert.equal(
      tree(s.context, "mermaid"),
      [
        "graph TD",
        '  n["server"]',
        '  n_0(["3 x task reader [receive jobs]"])',
        "  n --> n_0",
        '  n_1(["task parent [running]"])',
        '  n_1_0["own deadline in 500 ms"]',
        '  n_1_0_0(["task say #quot;hi#quot; [sleep] deadline in 500 ms"])',
        "  n_1_0 --> n_1_0_0",
        "  n_1 --> n_1_0",
        "  n --> n_1",
      ].join("\n"),
    );
  });

  it("[KD-30] draws the same as JSON", async () => {
    await using s = await server();

    const root = JSON.parse(tree(s.context, "json")) as TreeNode;

    assert.deepEqual(root, cancelTree(s.context));
    assert.deepEqual(
      root.children.map(({ kind, count, waits }) => [kind, count, waits]),
      [
        ["task", 3, 1],
        ["task", 1, undefined],
      ],
    );
  });

  it("[KD-30] shows every context without a parent, and those that were cancelled no more", () => {
    const names = (): string[] => cancelTree().children.map(({ name }) => name);
    const one = background.cancellable({ name: "a root of its own" });
    const detached = one.detached().cancellable({ name: "a detached one" });
    const during = names();
    one.cancel();
    const after = names();
    detached.cancel();

    assert.deepEqual(
      ["application", "a root of its own", "a detached one"].map((name) => during.includes(name)),
      [true, true, true],
    );
    assert.deepEqual(
      ["a root of its own", "a detached one"].map((name) => after.includes(name)),
      [false, true],
    );
  });

  for (const [contexts, more] of [
    [31, undefined],
    [32, undefined],
    [33, 1],
    [1000, 968],
  ] as const) {
    it(`[KD-31] draws 32 of ${contexts} different contexts and says how many more there are`, () => {
      using root = background.cancellable({ name: "root" });
      for (let i = 0; i < contexts; i++) root.cancellable({ name: `of request ${i}` });

      const { children } = cancelTree(root);

      assert.equal(children.filter(({ kind }) => kind === "context").length, Math.min(32, contexts));
      assert.equal(children.find(({ kind }) => kind === "more")?.count, more);
    });
  }

  it("[KD-31] draws 10,000 like branches once, and 24 levels of a deep tree", () => {
    using root = background.cancellable({ name: "root" });
    for (let i = 0; i < 10_000; i++)
      root.cancellable({ name: "connection" }).cancellable({ name: "request" });
    using deep = background.cancellable({ name: "deep" });
    for (let i = 0, at = deep; i < 100; i++) at = at.cancellable({ name: `level ${i}` });

    assert.equal(tree(root), "root\n`- 10000 x connection\n   `- request");
    assert.equal(tree(deep).split("\n").length, 26);
    assert.match(tree(deep), /\.\.\. 1 deeper$/);
  });
});
