import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { gunzipSync } from "node:zlib";
import { Channel, Mutex, nextTurn, Scope } from "@barrage/kernel";
import { debugHandler, debugPage, type Page, taskPage, treePage } from "@barrage/kernel-node";
import { Profile } from "pprof-format";

const jobs = new Channel<void>(0, { name: "jobs" });

async function pool(readers = 3): Promise<Scope> {
  const s = new Scope(undefined, { name: "pool", onError: "collect" });
  for (let i = 0; i < readers; i++) s.spawn((ctx) => jobs.receive(ctx), { name: "reader" });
  await nextTurn();
  return s;
}

const bodyOf = ({ body }: Page): string => body.toString();

describe("pprof profile", () => {
  it("[KD-50] holds tasks, stacks and labels", async () => {
    await using _pool = await pool(7);

    const page = taskPage(0);

    assert.equal(page.contentType, "application/octet-stream");
    const profile = Profile.decode(gunzipSync(page.body));
    const text = (index: unknown): string => profile.stringTable.strings[Number(index)] ?? "";
    const sample = profile.sample.find(({ label }) => label.some(({ str }) => text(str) === "reader"));
    assert.deepEqual(sample?.value.map(Number), [7]);
    assert.deepEqual(Object.fromEntries(sample?.label.map(({ key, str }) => [text(key), text(str)]) ?? []), {
      waiting: "receive jobs",
      task: "reader",
      scope: "pool",
    });
    const location = profile.location.find(({ id }) => Number(id) === Number(sample?.locationId[0]));
    const fn = profile.function.find(({ id }) => Number(id) === Number(location?.line[0]?.functionId));
    assert.equal(text(fn?.name), "pool");
    assert.match(text(fn?.filename), /task-page\.test\.ts$/);
  });

  it("[KD-50] is read by go tool pprof", async (t) => {
    if (spawnSync("go", ["version"]).status !== 0) return t.skip("no go here");
    await using _pool = await pool(5);
    const folder = mkdtempSync(join(tmpdir(), "barrage-pprof-"));
    t.after(() => rmSync(folder, { recursive: true }));
    const file = join(folder, "tasks.pb.gz");
    writeFileSync(file, taskPage(0).body);

    const { stdout, stderr, status } = spawnSync("go", ["tool", "pprof", "-top", file], {
      encoding: "utf8",
      env: { ...process.env, PPROF_TMPDIR: folder, GOTOOLCHAIN: "local" },
    });

    assert.equal(status, 0, stderr);
    assert.match(stdout, /Type: tasks/);
    assert.match(stdout, /^\s+5 .* pool$/m);
  });
});

describe("debug pages", () => {
  it("[KD-51] shows groups in text, with a circle of locks above them", async () => {
    const lock = new Mutex({ name: "accounts" });
    await using s = await pool();
    s.spawn(
      async (ctx) => {
        using _one = await lock.lock(ctx);
        using _two = await lock.lock(ctx);
      },
      { name: "transfer" },
    );
    await nextTurn();

    const lines = bodyOf(taskPage(1)).split("\n");

    assert.match(lines[0] ?? "", /^4 tasks in 2 groups$/);
    assert.match(lines[1] ?? "", /^DEADLOCK pool\/transfer #\d+ waits for accounts, held by the first$/);
    assert.ok(lines.some((line) => /^3 pool\/reader \[receive jobs, \d+ ms\]$/.test(line)));
    assert.ok(
      lines.some((line) => /^ {4}created by pool \(file:.*task-page\.test\.ts:\d+:\d+\)$/.test(line)),
    );
  });

  it("[KD-51] shows every task in full", async () => {
    const deaf = new Channel<void>(0, { name: "deaf" });
    await using s = await pool();
    const parent = s.spawn(
      (ctx) => {
        const own = new Scope(ctx, { name: "inner", onError: "collect" });
        own.spawn(() => deaf.receive(), { name: "child" });
        return own.join();
      },
      { name: "parent" },
    );
    await nextTurn();
    parent.cancel();

    const page = bodyOf(taskPage(2));
    deaf.close();

    assert.match(page, /^5 tasks\n/);
    assert.equal(page.match(/^task \d+ pool\/reader \[receive jobs, \d+ ms\]$/gm)?.length, 3);
    assert.match(
      page,
      new RegExp(
        `^task \\d+ inner/child \\[receive deaf, \\d+ ms, cancelled \\d+ ms ago\\] of task ${parent.id}$`,
        "m",
      ),
    );
  });

  it("[KD-52] shows the cancel tree in three formats", async () => {
    await using _pool = await pool();

    assert.match(bodyOf(treePage("text")), /^process\n[^]*- pool\n {3}`- 3 x task reader \[receive jobs\]\n/);
    assert.match(bodyOf(treePage("mermaid")), /^graph TD\n/);
    const { children } = JSON.parse(bodyOf(treePage("json"))) as { children: { name: string }[] };
    assert.ok(children.some(({ name }) => name === "pool"));
    assert.match(treePage("json").contentType, /json/);
  });

  it("[KD-52] answers by path and query", () => {
    const of = (path: string, query = ""): string => {
      const { status, contentType } = debugPage(path, new URLSearchParams(query));
      return `${status} ${contentType.split(";")[0]}`;
    };

    assert.deepEqual(
      [
        of("/debug/tasks"),
        of("/debug/tasks", "debug=0"),
        of("/debug/tasks", "debug=2"),
        of("/debug/tasks", "debug=3"),
        of("/debug/tasks", "debug=x"),
        of("/debug/tree"),
        of("/debug/tree", "format=json"),
        of("/debug/tree", "format=svg"),
        of("/debug"),
      ],
      [
        "200 text/plain",
        "200 application/octet-stream",
        "200 text/plain",
        "400 text/plain",
        "400 text/plain",
        "200 text/plain",
        "200 application/json",
        "400 text/plain",
        "404 text/plain",
      ],
    );
  });

  it("[KD-52] answers over HTTP", async (t) => {
    const server = createServer(debugHandler);
    t.after(() => server.close());
    await new Promise<void>((resolve) => {
      server.listen(0, "127.0.0.1", resolve);
    });
    const { port } = server.address() as AddressInfo;

    const response = await fetch(`http://127.0.0.1:${port}/debug/tasks?debug=1`);

    assert.equal(response.status, 200);
    assert.equal(response.headers.get("cache-control"), "no-store");
    assert.match(await response.text(), /^\d+ tasks in \d+ groups\n/);
  });

  for (const [groups, left] of [
    [499, undefined],
    [500, undefined],
    [501, "1"],
  ] as const) {
    it(`[KD-53] shows ${groups} groups on a page of 500`, async () => {
      await using s = new Scope(undefined, { name: "many", onError: "collect" });
      for (let i = 0; i < groups; i++) s.spawn((ctx) => jobs.receive(ctx), { name: `kind ${i}` });
      await nextTurn();

      const page = bodyOf(taskPage(1));

      assert.equal(page.match(/^1 many\/kind/gm)?.length, Math.min(500, groups));
      assert.equal(/\.\.\. (\d+) more groups/.exec(page)?.[1], left);
    });
  }

  it("[KD-53] shows 10,000 of 10,001 tasks", async () => {
    await using _pool = await pool(10_001);

    const page = bodyOf(taskPage(2));

    assert.equal(page.match(/^task \d+ /gm)?.length, 10_000);
    assert.match(page, /\n\.\.\. 1 more tasks\n$/);
  });
});
