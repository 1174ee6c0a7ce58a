import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { request } from "node:https";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { describe, it } from "node:test";
import type { TestContext } from "node:test";
import { liveTaskCount } from "@barrage/kernel";
import { createLogger, resolveConfig, startServer } from "@barrage/server";
import type { Store } from "@barrage/server";
import { CERTIFICATE, KEY } from "../support/certificate.ts";
import { memoryStore, temporaryDir, testServer } from "../support/test-server.ts";

const silent = createLogger({ level: "silent" });

function start(flags: Record<string, string>, store?: Store) {
  const { config } = resolveConfig({ flags: { "server.port": "0", ...flags } });
  return startServer(config, {
    log: silent,
    ...(store === undefined ? {} : { openStore: async () => store }),
  });
}

/** A store that says how often it was closed. */
function watchedStore() {
  let closed = 0;
  const store = memoryStore({
    close: () => {
      closed += 1;
      return Promise.resolve();
    },
  });
  return { store, closed: () => closed };
}

async function takenPort(t: TestContext): Promise<string> {
  const other = createServer();
  await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
  t.after(() => other.close());
  return String((other.address() as AddressInfo).port);
}

describe("a start that fails", () => {
  it("[OP-11] names a taken port and leaves nothing open", async (t) => {
    const port = await takenPort(t);
    const { store, closed } = watchedStore();
    const tasks = liveTaskCount();

    await assert.rejects(start({ "store.dir": temporaryDir(t), "server.port": port }, store), {
      code: "SERVER_PORT_TAKEN",
      message: `Port ${port} on 127.0.0.1 is taken by another program; choose another with --server.port.`,
    });

    assert.equal(closed(), 1);
    assert.equal(liveTaskCount(), tasks);
  });

  it("[OP-11] names an address that this machine does not have", async (t) => {
    const flags = { "store.dir": temporaryDir(t), "server.host": "203.0.113.1" };

    await assert.rejects(start(flags, memoryStore()), { code: "SERVER_HOST_UNKNOWN" });
  });

  it("[OP-11] names a TLS file that is none, or that cannot be read", async (t) => {
    const dir = temporaryDir(t);
    const [cert, key] = [join(dir, "cert.pem"), join(dir, "key.pem")];
    writeFileSync(cert, CERTIFICATE);
    writeFileSync(key, "hunter2");
    const flags = { "store.dir": dir, "server.tls-cert": cert };

    await assert.rejects(start({ ...flags, "server.tls-key": key }, memoryStore()), {
      code: "SERVER_TLS_UNREADABLE",
    });
    await assert.rejects(start({ ...flags, "server.tls-key": join(dir, "none.pem") }, memoryStore()), {
      code: "SERVER_TLS_UNREADABLE",
      message: /^The TLS key .+none\.pem cannot be used: ENOENT/,
    });
  });

  it("[OP-11] names a word list that is bad or not there", async (t) => {
    const dir = temporaryDir(t);
    const words = join(dir, "words.txt");
    writeFileSync(words, "good\tmask\nbad\tshout\n");
    const { store, closed } = watchedStore();
    const flags = { "store.dir": dir, "moderation.words-file": words };

    await assert.rejects(start(flags, store), { code: "SERVER_WORDS_UNREADABLE", message: /line 2/ });
    await assert.rejects(start({ ...flags, "moderation.words-file": join(dir, "none") }, memoryStore()), {
      code: "SERVER_WORDS_UNREADABLE",
    });
    assert.equal(closed(), 1);
  });

  it("[OP-11] names a data folder that is none", async (t) => {
    const file = join(temporaryDir(t), "file");
    writeFileSync(file, "");

    await assert.rejects(start({ "store.dir": join(file, "data") }, memoryStore()), {
      code: "SERVER_DATA_UNWRITABLE",
    });
    await assert.rejects(start({ "store.dir": join(file, "data") }), { code: /^STORE_/ });
  });
});

describe("a server that has started", () => {
  it("[OP-12] speaks HTTPS where it has a certificate", async (t) => {
    const dir = temporaryDir(t);
    const [cert, key] = [join(dir, "cert.pem"), join(dir, "key.pem")];
    writeFileSync(cert, CERTIFICATE);
    writeFileSync(key, KEY);
    const server = await testServer(t, { "server.tls-cert": cert, "server.tls-key": key });

    const { status, header } = await new Promise<{ status: number | undefined; header: unknown }>(
      (resolve, reject) => {
        const call = request(`${server.url}/healthz`, { ca: CERTIFICATE, agent: false }, (response) => {
          resolve({ status: response.statusCode, header: response.headers["strict-transport-security"] });
          response.resume();
        });
        call.on("error", reject).end();
      },
    );

    assert.match(server.url, /^https:\/\/127\.0\.0\.1:\d+$/);
    assert.deepEqual([status, header], [200, "max-age=31536000"]);
    await assert.rejects(fetch(server.url.replace("https:", "http:")));
  });

  it("[OP-10] is alive and ready until its log fails", async (t) => {
    const store = memoryStore();
    let failed: string | undefined;
    const log = Object.create(store.log, {
      stats: { get: () => ({ ...store.log.stats, ...(failed === undefined ? {} : { failed }) }) },
    }) as Store["log"];
    const server = await testServer(t, {}, { openStore: async () => ({ ...store, log }) });

    assert.deepEqual((await server.get("/readyz")).json, { status: "ready" });
    failed = "danmaku.db: there is no space left";
    const unready = await server.get("/readyz");

    assert.equal(unready.status, 503);
    assert.equal(unready.json["error"].code, "BARRAGE_LOG_UNAVAILABLE");
    assert.deepEqual(unready.json["reasons"], ["danmaku.db: there is no space left"]);
    assert.equal((await server.get("/healthz")).status, 200);
    failed = undefined;
    assert.equal((await server.get("/readyz")).status, 200);
  });

  it("[OP-15] on SQLite has after a restart what was acknowledged before", async (t) => {
    const dir = temporaryDir(t);
    const { config } = resolveConfig({
      flags: { "store.dir": dir, "server.port": "0", "server.shutdown-spread-ms": "0" },
    });
    const tasks = liveTaskCount();
    const send = async (url: string, content: string) => {
      const login = await fetch(`${url}/auth/login`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: '{"uid":"ann"}',
      });
      const { token } = (await login.json()) as { token: string };
      const answer = await fetch(`${url}/api/v1/danmu`, {
        method: "POST",
        headers: { "content-type": "application/json", authorization: `Bearer ${token}` },
        body: JSON.stringify({ room_id: "r1", content, client_msg_id: "m1" }),
      });
      return (await answer.json()) as object;
    };

    const first = await startServer(config, { log: silent });
    const sent = await send(first.url, "kept");
    await first.close();
    const second = await startServer(config, { log: silent });
    const retried = await send(second.url, "kept");
    const history = await (await fetch(`${second.url}/api/v1/rooms/r1/danmu`)).text();
    await second.close();

    assert.deepEqual(retried, sent);
    assert.equal(history.includes('"content":"kept"'), true);
    assert.equal(liveTaskCount(), tasks);
  });
});
