import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { NO_LIMITS } from "../support/no-limits.ts";
import { get, login, wholeHistory } from "./harness/api.ts";
import { ServeProcess, temporaryFolder } from "./harness/serve-process.ts";
import {
  assertWholeLedger,
  Audience,
  isAlive,
  serving,
  startStubbornLoad,
  until,
  untilPage,
  workersPage,
} from "./harness/workers.ts";

const ROOM = "many";
const VIEWERS = 12;
const PUBLISHERS = 4;
const REPLACED_WITHIN_MS = 20_000;
const WORKERS = [...NO_LIMITS, "--workers", "2", "--server.shutdown-spread-ms=500"];

const startWorkers = (folder: string, flags: readonly string[] = []): Promise<ServeProcess> =>
  ServeProcess.start(folder, [...WORKERS, ...flags]);

/** Some danmaku are acknowledged, whatever happens meanwhile. */
async function acks(load: { readonly acked: readonly unknown[] }, more: number): Promise<void> {
  const wanted = load.acked.length + more;
  await until(() => load.acked.length >= wanted);
}

async function crowd(server: ServeProcess) {
  const token = await login(server.url, { uid: "publisher" });
  const audience = await Audience.join(server.url, ROOM, VIEWERS);
  const load = startStubbornLoad({ url: server.url, room: ROOM, token, name: "w", publishers: PUBLISHERS });
  await acks(load, 50);
  return { audience, load };
}

describe("serve --workers", { timeout: 540_000 }, () => {
  it("[WK-46] a worker killed by SIGKILL under load: its viewers come back and miss nothing", async (test) => {
    using folder = temporaryFolder();
    await using server = await startWorkers(folder.path);
    const { audience, load } = await crowd(server);
    using _ = audience;
    const before = await untilPage(server.url, ({ supervisor }) => supervisor.spare?.is_ready === true);
    const dead = serving(before).toSorted(
      (a, b) => (b.load?.connections ?? 0) - (a.load?.connections ?? 0),
    )[0];
    assert.ok((dead?.load?.connections ?? 0) > 0);

    process.kill(dead?.pid ?? Number.NaN, "SIGKILL");
    const killedAt = performance.now();
    const after = await untilPage(
      server.url,
      (page) => serving(page).length === 2 && serving(page).every(({ pid }) => pid !== dead?.pid),
    );
    const tookMs = performance.now() - killedAt;
    await acks(load, 50);
    await load.stop();

    await audience.sawExactly(load);
    assert.ok(audience.losses >= (dead?.load?.connections ?? 0));
    assert.equal(new Set(after.processes.map(({ generation }) => generation)).size, 3);
    test.diagnostic(
      `replaced after ${Math.round(tookMs)} ms; ${load.acked.length} danmaku, ${load.again()} sent again`,
    );
    // The promise is one second of a machine that has time for it; one that is busy twenty times over needs more.
    assert.ok(tookMs < REPLACED_WITHIN_MS, `${tookMs} ms`);
    await assertWholeLedger(server.url);
  });

  it("[WK-47] an owner killed by SIGKILL under load: viewers stay connected and miss nothing", async (test) => {
    using folder = temporaryFolder();
    await using server = await startWorkers(folder.path);
    const { audience, load } = await crowd(server);
    using _ = audience;
    const before = await untilPage(server.url, ({ supervisor }) => supervisor.spare?.is_ready === true);
    const owner = before.processes.find(({ role }) => role === "owner");

    process.kill(owner?.pid ?? Number.NaN, "SIGKILL");
    await untilPage(server.url, ({ processes }) =>
      processes.some(({ role, pid, state }) => role === "owner" && pid !== owner?.pid && state === "serving"),
    );
    await acks(load, 50);
    await load.stop();

    await audience.sawExactly(load);
    assert.equal(audience.losses, 0);
    test.diagnostic(`${load.acked.length} danmaku, ${load.again()} sent again`);
    await assertWholeLedger(server.url);
  });

  it("[WK-48] SIGHUP under load restarts every process, and nothing acknowledged is lost or missed", async (test) => {
    using folder = temporaryFolder();
    await using server = await startWorkers(folder.path);
    const { audience, load } = await crowd(server);
    using _ = audience;
    const before = await workersPage(server.url);

    server.kill("SIGHUP");
    const after = await untilPage(
      server.url,
      ({ processes }) =>
        processes.length === 3 &&
        processes.every(({ revision, state }) => revision === 1 && state === "serving"),
    );
    await acks(load, 50);
    await load.stop();

    const old = new Set(before.processes.map(({ pid }) => pid));
    assert.deepEqual(
      after.processes.filter(({ pid }) => old.has(pid)),
      [],
    );
    await audience.sawExactly(load);
    test.diagnostic(
      `${load.acked.length} danmaku, ${load.again()} sent again, ${audience.losses} connections moved`,
    );
    await assertWholeLedger(server.url);
  });

  it("[WK-49] SIGTERM under load ends every process with code 0, and keeps what was acknowledged", async () => {
    using folder = temporaryFolder();
    await using server = await startWorkers(folder.path);
    const { audience, load } = await crowd(server);
    using _ = audience;
    const { processes, supervisor } = await workersPage(server.url);
    const pids = [...processes.map(({ pid }) => pid), supervisor.spare?.pid ?? 0];
    const stopping = load.stop();

    server.kill("SIGTERM");
    const { code, stderr } = await server.ended;

    assert.equal(code, 0, stderr);
    assert.deepEqual(
      pids.filter((pid) => pid > 0 && isAlive(pid)),
      [],
    );
    await using again = await ServeProcess.start(folder.path);
    const kept = (await wholeHistory(again.url, ROOM)).map(({ content }) => content);
    assert.deepEqual(
      load.acked.filter(({ content }) => kept.filter((each) => each === content).length !== 1),
      [],
    );
    // Those that were still waiting for an answer are asking an address that is no more.
    void stopping;
  });

  it("[WK-54] a supervisor killed by SIGKILL leaves nothing: workers drain, the owner ends after them", async () => {
    using folder = temporaryFolder();
    await using server = await startWorkers(folder.path, [
      "--telemetry.log-level=info",
      "--no-workers.spare",
    ]);
    const { audience, load } = await crowd(server);
    using _ = audience;
    const { processes } = await workersPage(server.url);
    const stopping = load.stop();

    server.kill("SIGKILL");
    // Its output is closed when the last process has ended.
    const { stderr } = await server.ended;

    assert.deepEqual(
      processes.filter(({ pid }) => isAlive(pid)),
      [],
    );
    const ends = stderr
      .split("\n")
      .filter((line) => line.includes('"the server has ended"'))
      .map((line) => (JSON.parse(line) as { role?: string }).role ?? "worker");
    assert.deepEqual(ends, ["worker", "worker", "owner"]);
    void stopping;
  });

  it("[WK-55] the second signal leaves no process behind", async () => {
    using folder = temporaryFolder();
    await using server = await startWorkers(folder.path, [
      "--no-workers.spare",
      "--server.shutdown-spread-ms=60000",
      "--server.shutdown-deadline-ms=120000",
    ]);
    const audience = await Audience.join(server.url, ROOM, 4);
    using _ = audience;
    const { processes } = await workersPage(server.url);

    server.kill("SIGINT");
    await server.line(/SIGINT: telling viewers/);
    server.kill("SIGINT");

    assert.equal((await server.ended).code, 130);
    await until(() => !processes.some(({ pid }) => isAlive(pid)));
  });

  it("[WK-56] all else is as with one process: demo and pages, and the metrics are those of all", async () => {
    using folder = temporaryFolder();
    await using server = await startWorkers(folder.path, [
      "--demo",
      "--server.sub-port=0",
      "--no-workers.spare",
    ]);

    await server.line(/workers +2 gateway processes and an owner/);
    await server.line(/demo room/);
    await until(async () => (await get(server.url, "/api/v1/rooms")).text.includes('"demo"'));
    for (const path of ["/healthz", "/readyz", "/metrics", "/debug/tasks"])
      assert.equal((await get(server.url, path)).status, 200, path);
    const { text } = await get(server.url, "/metrics");
    assert.match(text, /^barrage_workers\{state="serving"\} 2$/m);
    assert.match(text, /^barrage_ready 1$/m);
  });
});
