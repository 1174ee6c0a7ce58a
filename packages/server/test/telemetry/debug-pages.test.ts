import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { describe, it } from "node:test";
import { gunzipSync } from "node:zlib";
import { Channel, go, nextTurn } from "@barrage/kernel";
import { testServer } from "../support/test-server.ts";

const TOKEN = "0123456789abcdef";
const PRODUCTION = {
  mode: "production",
  "auth.hs256-secret": "0123456789abcdef0123456789abcdef",
  "auth.issuer": "https://issuer.example",
  "auth.audience": "barrage",
  "server.admin-token": TOKEN,
};

describe("debug pages", () => {
  it("[OP-19] show the server's tasks and its cancel tree", async (t) => {
    const server = await testServer(t);

    const groups = await server.get("/debug/tasks");
    const tasks = await server.get("/debug/tasks?debug=2");
    const tree = await server.get("/debug/tree?format=json");

    assert.match(groups.text, /^\d+ tasks in \d+ groups\n/);
    assert.match(groups.text, /^1 server\/retention \[tick, \d+ ms\]\n {4}created by startUpkeep \(/m);
    assert.match(tasks.text, /^task \d+ server\/retention \[tick \d+ ms, \d+ ms\]$/m);
    assert.equal(groups.headers.get("cache-control"), "no-store");
    assert.equal(
      (tree.json["children"] as { name: string }[]).some(({ name }) => name === "server"),
      true,
    );
    assert.match((await server.get("/debug/tree?format=mermaid")).text, /^graph TD\n/);
    const profile = await fetch(`${server.url}/debug/tasks?debug=0`);
    assert.ok(gunzipSync(await profile.arrayBuffer()).includes("retention"));
  });

  it("[OP-19] refuse other parameters in the one error shape", async (t) => {
    const server = await testServer(t);

    for (const path of [
      "/debug/tasks?debug=3",
      "/debug/tasks?debug=x",
      "/debug/tree?format=svg",
      "/debug/tasks?x=1",
    ]) {
      const { status, json } = await server.get(path);
      assert.deepEqual([status, json["error"].code], [400, "BARRAGE_BAD_FIELD"], path);
    }
  });

  it("[OP-19] are for this machine and the admin token in development", async (t) => {
    const server = await testServer(t, { "server.admin-token": TOKEN });
    const proxied = { "x-forwarded-for": "203.0.113.9" };
    const statusOf = async (headers: Record<string, string>) =>
      (await server.call("GET", "/debug/tasks", { headers })).status;

    assert.deepEqual(
      [
        await statusOf({}),
        await statusOf(proxied),
        await statusOf({ ...proxied, authorization: "Bearer 0123456789abcdeX" }),
        await statusOf({ ...proxied, authorization: `Bearer ${TOKEN}` }),
      ],
      [200, 401, 401, 200],
    );
  });

  it("[OP-19] are off in production, and behind the admin token when they are on", async (t) => {
    const off = await testServer(t, PRODUCTION);
    const on = await testServer(t, { ...PRODUCTION, "telemetry.debug-pages": "on" });
    const statuses = async (server: typeof off) => [
      (await server.get("/debug/tasks")).status,
      (await server.get("/debug/tree", TOKEN)).status,
    ];

    assert.deepEqual(
      [await statuses(off), await statuses(on)],
      [
        [404, 404],
        [401, 200],
      ],
    );
  });
});

describe("monitor and trace", () => {
  it(
    "[OP-20] logs what the monitor takes for a leak, counts and dumps it",
    { timeout: 30_000 },
    async (t) => {
      const server = await testServer(t, { "telemetry.monitor": "true" });
      const deaf = new Channel<void>(0, { name: "deaf" });
      t.after(() => deaf.close());
      const task = go(() => deaf.receive(), { name: "goes on" });
      task.cancel();

      while (!server.lines.some((line) => line.includes("looks like a leak"))) await nextTurn();
      go(() => Promise.reject(new Error("x")), { name: "breaks" });
      await nextTurn();
      const { text } = await server.get("/metrics");

      const line = server.lines.find((each) => each.includes("looks like a leak")) ?? "";
      assert.match(line, /"kind":"overstayed".*application\/goes on \[receive deaf/);
      assert.match(text, /^barrage_leak_suspected_total\{kind="overstayed"\} 1$/m);
      assert.match(text, /^barrage_task_panic_total\{task="breaks"\} 1$/m);
      assert.match(text, /^barrage_tasks_live\{group="server\/retention"\} 1$/m);
      assert.equal(
        readdirSync(server.dir).some((name) => name.startsWith("tasks-")),
        false,
      );
    },
  );

  it("[OP-20] logs a line a second with the trace on", { timeout: 30_000 }, async (t) => {
    const server = await testServer(t, { "telemetry.trace": "sched" });

    while (!server.lines.some((line) => line.includes("sched "))) await nextTurn();

    const line = server.lines.find((each) => each.includes("sched ")) ?? "";
    assert.match(line, /sched \d+ms: live=\d+ running=\d+ waiting=\d+ spawned\/s=\d+ loop\.p99=/);
  });

  it("[OP-20] loads the tools only where one of them is on", () => {
    const loaded = (flags: object): unknown => {
      const program = `
        import { registerHooks } from "node:module";
        const seen = [];
        registerHooks({ resolve(specifier, context, next) { seen.push(specifier); return next(specifier, context); } });
        const { createLogger, resolveConfig, startServer } = await import("@barrage/server");
        const { memoryStore } = await import("./test-server.ts");
        const { config } = resolveConfig({ flags: ${JSON.stringify({ ...flags, "server.port": "0" })} });
        const log = createLogger({ level: "silent" });
        const server = await startServer(config, { log, openStore: async () => memoryStore() });
        await server.close();
        console.log(seen.includes("@barrage/kernel-node"));`;
      const { stdout, stderr } = spawnSync(process.execPath, ["--input-type=module", "-e", program], {
        cwd: `${import.meta.dirname}/../support`,
        encoding: "utf8",
      });
      assert.equal(stderr, "");
      return JSON.parse(stdout);
    };

    assert.deepEqual(
      [loaded(PRODUCTION), loaded({ ...PRODUCTION, "telemetry.trace": "sched" }), loaded({})],
      [false, true, true],
    );
  });
});
