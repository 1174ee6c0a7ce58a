import assert from "node:assert/strict";
import { connect } from "node:net";
import { afterEach, describe, it } from "node:test";
import { liveTaskCount, rootContext } from "@barrage/kernel";
import type { Context } from "@barrage/kernel";
import type { AppendOutcome, AppendRequest } from "@barrage/engine";
import { createLogger } from "@barrage/server";
import { FakeClock, MemoryLog } from "@barrage/testkit";
import { Shutdown } from "../../src/roles/shutdown.ts";
import type { Step } from "../../src/roles/shutdown.ts";
import { memoryStore, testServer } from "../support/test-server.ts";

const log = createLogger({ level: "silent" });
const stuck: (() => void)[] = [];
/** A step that does not end by itself; the test's end lets it go, so that no task is left behind. */
const never = (): Promise<void> => {
  const { promise, resolve } = Promise.withResolvers<void>();
  stuck.push(resolve);
  return promise;
};
afterEach(() => {
  for (const release of stuck.splice(0)) release();
});

function shutdown(orderly: readonly Step[], release: readonly Step[] = []) {
  const clock = new FakeClock();
  const root = rootContext({ clock });
  return { clock, way: new Shutdown({ orderly, release, deadlineMs: 1_000, root, log }) };
}

const step = (name: string, done: string[], run: Step["run"] = () => undefined): Step => ({
  name,
  run: async (ctx) => {
    done.push(name);
    await run(ctx);
  },
});

describe("Shutdown", () => {
  it("[OP-15] goes down in order, once", async () => {
    const done: string[] = [];
    const { way } = shutdown([step("a", done), step("b", done)], [step("c", done)]);

    await Promise.all([way.run(), way.run()]);
    await way.run();

    assert.deepEqual(done, ["a", "b", "c"]);
  });

  it("[OP-16] releases everything when a step fails or does not end in time", async () => {
    const done: string[] = [];
    const broken = () => Promise.reject(new Error("no"));
    const { way, clock } = shutdown(
      [step("a", done, broken), step("b", done, never), step("late", done)],
      [step("c", done, broken), step("d", done)],
    );

    const ending = assert.rejects(way.run(), {
      code: "SERVER_DRAIN_FORCED",
      message: /a: no; b: .+ passed its deadline; late: .+ passed its deadline; c: no/,
    });
    await clock.advance(999);
    assert.deepEqual(done, ["a", "b"]);
    await clock.advance(1);
    await ending;

    assert.deepEqual(done, ["a", "b", "c", "d"]);
    assert.equal(clock.pendingTimers, 0);
  });

  it("[OP-16] waits for nobody once it is forced", async () => {
    const done: string[] = [];
    const { way } = shutdown([step("a", done, never)], [step("b", done)]);

    const ending = way.run();
    way.force();

    await assert.rejects(ending, { code: "SERVER_DRAIN_FORCED" });
    assert.deepEqual(done, ["a", "b"]);
  });
});

/** A log whose danmaku become durable when the test says so. */
class GatedLog extends MemoryLog {
  readonly begun = Promise.withResolvers<void>();
  readonly gate = Promise.withResolvers<void>();

  override async append(request: AppendRequest, ctx: Context): Promise<AppendOutcome> {
    if (request.entry.kind === "danmaku") {
      this.begun.resolve();
      await this.gate.promise;
    }
    return super.append(request, ctx);
  }
}

/** A request whose head lacks its last line. */
async function halfSent(port: number, path: string) {
  const socket = connect(port, "127.0.0.1").setEncoding("utf8");
  await new Promise<void>((resolve) => socket.once("connect", () => resolve()));
  await new Promise((resolve) => socket.write(`GET ${path} HTTP/1.1\r\nHost: x\r\n`, resolve));
  return {
    async finish(): Promise<string> {
      socket.write("\r\n");
      let text = "";
      for await (const chunk of socket) text += String(chunk);
      return text;
    },
  };
}

describe("a server going down", () => {
  it(
    "[OP-15] answers what was begun, takes nothing new, and leaves nothing",
    { timeout: 20_000 },
    async (t) => {
      const tasks = liveTaskCount();
      const gated = new GatedLog();
      const order: string[] = [];
      const store = memoryStore({ log: gated, close: async () => void order.push("store closed") });
      const server = await testServer(t, {}, { openStore: async () => store });
      const token = await server.token("ann");

      const begun = server.post("/api/v1/danmu", { room_id: "r1", content: "x" }, token);
      await gated.begun.promise;
      const closing = server.close().then(() => order.push("closed"));
      await assert.rejects(fetch(`${server.url}/healthz`));
      gated.gate.resolve();

      const answer = await begun;
      assert.equal(answer.status, 202);
      await closing;
      assert.deepEqual(order, ["store closed", "closed"]);
      assert.equal(liveTaskCount(), tasks);
      const kept = await gated.read(0, 10, rootContext());
      assert.equal(
        kept.some(({ seq }) => seq === answer.json["seq"]),
        true,
      );
      assert.match(server.lines.at(-1) ?? "", /the server has ended/);
    },
  );

  it("[OP-15] refuses what comes over connections that are still open", { timeout: 20_000 }, async (t) => {
    const gated = new GatedLog();
    const server = await testServer(t, {}, { openStore: async () => memoryStore({ log: gated }) });
    const token = await server.token("ann");
    const begun = server.post("/api/v1/danmu", { room_id: "r1", content: "x" }, token);
    await gated.begun.promise;
    // Heads that are half sent when the listener closes: their connections are not idle.
    const rooms = await halfSent(server.address.port, "/api/v1/rooms");
    const ready = await halfSent(server.address.port, "/readyz");
    await server.get("/healthz");

    const closing = server.close();
    const [refused, unready] = [await rooms.finish(), await ready.finish()];
    gated.gate.resolve();

    assert.match(refused, /^HTTP\/1\.1 503 .+"code":"BARRAGE_DRAINING"/s);
    assert.match(unready, /^HTTP\/1\.1 503 .+"reasons":\["the server is going down"\]/s);
    assert.match(refused, /^connection: close/im);
    assert.equal((await begun).status, 202);
    await closing;
  });

  it("[OP-16] cuts off what does not end by the deadline", { timeout: 20_000 }, async (t) => {
    const gated = new GatedLog();
    let isClosed = false;
    const store = memoryStore({
      log: gated,
      close: async () => {
        isClosed = true;
      },
    });
    const flags = { "server.shutdown-deadline-ms": "100" };
    const server = await testServer(t, flags, { openStore: async () => store });
    const begun = server.post("/api/v1/danmu", { room_id: "r1", content: "x" }, await server.token("ann"));
    const failed = assert.rejects(begun);
    await gated.begun.promise;

    await assert.rejects(server.close(), { code: "SERVER_DRAIN_FORCED" });
    await failed;

    assert.equal(isClosed, true);
    gated.gate.resolve();
  });
});
