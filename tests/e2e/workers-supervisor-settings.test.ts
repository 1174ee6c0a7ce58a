import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { request } from "node:https";
import { connect, createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { describe, it } from "node:test";
import { CERTIFICATE, KEY } from "../../packages/server/test/support/certificate.ts";
import { get, login, post } from "./harness/api.ts";
import { runBarrage, ServeProcess, temporaryFolder } from "./harness/serve-process.ts";
import { serving, until, untilPage, workersPage } from "./harness/workers.ts";

const QUICK = ["--workers", "2", "--no-workers.spare", "--server.shutdown-spread-ms=0"];

/** A port that nobody listens on. */
async function unusedPort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** What a server of which we know the certificate answers, over a connection of its own; a POST where there is a body. */
const askSecurely = (
  url: string,
  body?: object,
  token?: string,
): Promise<{ readonly status: number; readonly json: Record<string, unknown> }> =>
  new Promise((resolve, reject) => {
    const headers = {
      "content-type": "application/json",
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    };
    const method = body === undefined ? "GET" : "POST";
    const asking = request(url, { ca: CERTIFICATE, agent: false, method, headers }, (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
      response.on("end", () => {
        resolve({ status: response.statusCode ?? 0, json: JSON.parse(text) as Record<string, unknown> });
      });
    });
    asking.on("error", reject).end(body === undefined ? undefined : JSON.stringify(body));
  });

const tcpConnects = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    socket.on("connect", () => {
      resolve(true);
      socket.destroy();
    });
    socket.on("error", () => resolve(false));
  });

describe("settings of serve --workers", { timeout: 480_000 }, () => {
  it("[WK-56] HTTPS, the goim framing and the word list that is read again are those of every process", async () => {
    using folder = temporaryFolder();
    const [cert, key, words] = ["cert.pem", "key.pem", "words.txt"].map((name) => join(folder.path, name));
    writeFileSync(cert ?? "", CERTIFICATE);
    writeFileSync(key ?? "", KEY);
    writeFileSync(words ?? "", "first\treject\n");
    const subPort = await unusedPort();
    await using server = await ServeProcess.start(folder.path, [
      ...QUICK,
      `--tls-cert=${cert}`,
      `--tls-key=${key}`,
      `--server.sub-port=${subPort}`,
      `--moderation.words-file=${words}`,
      "--moderation.check-every-ms=100",
    ]);
    assert.match(server.url, /^https:/);
    const { json } = await askSecurely(`${server.url}/auth/login`, { uid: "ann" });
    const say = async (content: string): Promise<number> => {
      const body = { room_id: "words", content };
      return (await askSecurely(`${server.url}/api/v1/danmu`, body, String(json["token"]))).status;
    };

    for (let time = 0; time < 8; time += 1) {
      assert.equal((await askSecurely(`${server.url}/readyz`)).status, 200);
      assert.equal(await tcpConnects(subPort), true);
    }
    assert.notEqual(await say("first"), 202);
    writeFileSync(words ?? "", "second\treject\n");
    await until(async () => (await say("first")) === 202);
    assert.notEqual(await say("second"), 202);
  });

  it("[WK-41] SIGHUP with a bad config file changes nothing; with a good one its settings are in force", async () => {
    using folder = temporaryFolder();
    const file = join(folder.path, "barrage.json");
    const config = { engine: { contentMax: 10 }, workers: { count: "2" } };
    writeFileSync(file, JSON.stringify(config));
    await using server = await ServeProcess.start(folder.path, [
      `--config=${file}`,
      "--no-workers.spare",
      "--server.shutdown-spread-ms=0",
    ]);
    const before = await workersPage(server.url);
    const refused = /^barrage_supervisor_reloads_refused_total (\d+)$/m;

    writeFileSync(file, "{ no JSON");
    server.kill("SIGHUP");
    await until(async () => refused.exec((await get(server.url, "/metrics")).text)?.[1] === "1");
    const still = await workersPage(server.url);
    assert.deepEqual(
      still.processes.map(({ pid }) => pid),
      before.processes.map(({ pid }) => pid),
    );

    writeFileSync(file, JSON.stringify({ ...config, engine: { contentMax: 3 }, workers: { count: "3" } }));
    server.kill("SIGHUP");
    await untilPage(
      server.url,
      (page) => serving(page).length === 3 && page.processes.every(({ revision }) => revision === 1),
    );
    const token = await login(server.url, { uid: "ann" });
    const { status } = await post(server.url, "/api/v1/danmu", { room_id: "r", content: "four" }, token);
    assert.equal(status, 400);

    server.kill("SIGTERM");
    const { code, stderr } = await server.ended;
    assert.equal(code, 0, stderr);
    assert.match(stderr, /the configuration cannot be used/);
  });

  it("[WK-35] what keeps it from starting is one line and exit code 1, and a bad number exit code 2", async () => {
    using folder = temporaryFolder();
    const taken = createServer().listen(0, "127.0.0.1");
    await new Promise((resolve) => taken.once("listening", resolve));
    const { port } = taken.address() as AddressInfo;
    const serve = ["serve", "--no-demo", "--log=human", `--data=${folder.path}`];
    const noKey = join(folder.path, "none.pem");

    const onTaken = await runBarrage([...serve, "--workers=2", `--port=${port}`]);
    const withoutKey = await runBarrage([
      ...serve,
      "--workers=2",
      "--port=0",
      `--tls-cert=${noKey}`,
      `--tls-key=${noKey}`,
    ]);
    const withoutWorkers = await runBarrage([...serve, "--workers=0"]);
    taken.close();

    for (const [ended, pattern, code] of [
      [onTaken, new RegExp(`Port ${port} .* is taken`), 1],
      [withoutKey, /none\.pem/, 1],
      [withoutWorkers, /workers\.count/, 2],
    ] as const) {
      assert.match(ended.stderr, pattern);
      assert.equal(ended.stderr.trimEnd().split("\n").length, 1, ended.stderr);
      assert.equal(ended.code, code);
      assert.equal(ended.stdout, "");
    }
  });

  it("[WK-57] --workers 1 is a supervisor, an owner and one worker", async () => {
    using folder = temporaryFolder();
    await using server = await ServeProcess.start(folder.path, [...QUICK, "--workers", "1"]);
    const { processes, supervisor } = await workersPage(server.url);

    assert.equal(supervisor.pid, server.pid);
    assert.deepEqual(
      processes.map(({ role }) => role),
      ["owner", "worker"],
    );
    assert.ok(processes.every(({ pid }) => pid !== server.pid));
  });

  it("[WK-57] without --workers there is one process and no such page", async () => {
    using folder = temporaryFolder();
    await using server = await ServeProcess.start(folder.path);

    assert.equal((await get(server.url, "/debug/workers")).status, 404);
  });
});
