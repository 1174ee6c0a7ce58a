import assert from "node:assert/strict";
import { join } from "node:path";
import { describe, it } from "node:test";
import type { TestContext } from "node:test";
import type { Archive } from "@barrage/engine";
import { background, liveTaskCount } from "@barrage/kernel";
import { createLogger, resolveConfig, startGatewayWorker } from "@barrage/server";
import { MemoryArchive, MemoryLog } from "@barrage/testkit";
import { LINK_VERSION } from "../../src/owner-link/frames.ts";
import { roomSocket } from "../gateway/room-socket.ts";
import type { RoomSocket } from "../gateway/room-socket.ts";
import { fetchAnswer, temporaryDir } from "../support/test-server.ts";
import { testWorkers, until } from "../support/test-workers.ts";
import type { TestWorker } from "../support/test-workers.ts";
import { IDLE, RawWorker } from "./raw-worker.ts";

const say = (worker: TestWorker, token: string, content: string, client_msg_id?: string) =>
  worker.post(
    "/api/v1/danmu",
    { room_id: "r", content, ...(client_msg_id === undefined ? {} : { client_msg_id }) },
    token,
  );

async function viewersListed(worker: TestWorker): Promise<number> {
  const { json } = await worker.get("/api/v1/rooms/r");
  return json["viewers"] as number;
}

describe("an owner and two workers", () => {
  it("[WK-10, WK-23] bring a danmaku to the viewers of both, in one chain, whichever it was sent to", async (t) => {
    const workers = await testWorkers(t);
    const [a, b] = [await workers.worker("a"), await workers.worker("b")];
    const token = await a.token("ann");
    const sockets = [roomSocket(t, a, "room_id=r"), roomSocket(t, b, "room_id=r")];
    for (const socket of sockets) await socket.next("snapshot");
    const ids: string[] = [];

    for (const worker of [a, b, a, b]) {
      const { status, json } = await say(worker, token, "hello");
      assert.equal(status, 202);
      ids.push(json["id"] as string);
    }

    for (const { frames, item } of sockets.map((socket) => ({
      frames: socket.frames,
      item: socket.item.bind(socket),
    }))) {
      await item(ids[3] ?? "");
      const snapshot = frames.find((frame) => frame.type === "snapshot");
      let head = snapshot?.head;
      const seen: string[] = [];
      for (const frame of frames) {
        if (frame.type !== "batch") continue;
        assert.equal(frame.prev, head);
        head = frame.seq;
        seen.push(...frame.items.map(({ id }) => id));
      }
      assert.deepEqual(seen, ids);
    }
  });

  it("[WK-10] a viewer resumes at another worker with what it missed", async (t) => {
    const workers = await testWorkers(t);
    const [a, b] = [await workers.worker("a"), await workers.worker("b")];
    const token = await a.token("ann");
    const first = await say(a, token, "one");
    await say(b, token, "two");
    const last = await say(b, token, "three");
    // Published, not only acknowledged: the snapshot has all of it.
    const early = roomSocket(t, b, "room_id=r");
    const { head } = await early.next("snapshot");
    if (head < last.json["seq"]) await early.item(last.json["id"] as string);

    const socket = roomSocket(t, b, `room_id=r&since=${first.json["seq"]}`);
    const snapshot = await socket.next("snapshot");

    const { items } = await socket.next("batch");

    assert.equal(snapshot.resumed, true);
    assert.deepEqual(
      items.map((item) => (item.kind === "danmaku" ? item.content : item.kind)),
      ["two", "three"],
    );
  });

  it("[WK-24] answer rooms, commands, history, exports and imports alike", async (t) => {
    const workers = await testWorkers(t);
    const [a, b] = [await workers.worker("a"), await workers.worker("b")];
    const host = await a.token("hanna", "host");
    const viewer = await b.token("ann");

    const made = await a.post("/api/v1/rooms", { id: "show", title: "Show" }, host);
    const beat = await b.post("/api/room/show/heartbeat", {}, host);
    const title = await b.post("/api/v1/rooms/show/title", { title: "Late show" }, host);
    const muted = await a.post("/api/v1/rooms/show/mute", { uid: "ann", seconds: 60 }, host);
    const refused = await b.post("/api/v1/danmu", { room_id: "show", content: "x" }, viewer);
    const rows = JSON.stringify(
      Array.from({ length: 1_200 }, (_, i) => ({ text: `old ${i}`, time: i / 10 })),
    );
    const imported = await fetchAnswer(`${b.url}/api/v1/rooms/show/import`, "POST", {
      token: host,
      body: rows,
    });
    const room = await a.get("/api/v1/rooms/show");
    const list = await b.get("/api/v1/rooms");
    const history = await a.get("/api/v1/rooms/show/danmu?limit=500");
    const exported = await b.get("/api/v1/rooms/show/danmu.json");
    const unknown = await b.get("/api/v1/rooms/nowhere");

    assert.deepEqual([made.status, beat.status, title.status, muted.status], [201, 200, 200, 200]);
    assert.deepEqual([refused.status, refused.json["error"].code], [403, "BARRAGE_MUTED"]);
    assert.equal(imported.json["imported"], 1_200, imported.text);
    assert.deepEqual([room.json["title"], room.json["live"]], ["Late show", true]);
    assert.deepEqual(
      (list.json["rooms"] as { id: string }[]).map(({ id }) => id),
      ["show"],
    );
    assert.equal((history.json["items"] as unknown[]).length, 500);
    assert.equal(JSON.parse(exported.text).items.length > 1_200, true);
    assert.deepEqual([unknown.status, unknown.json["error"].code], [404, "BARRAGE_ROOM_UNKNOWN"]);
  });

  it("[WK-25] count connections each for itself, and publishes together", async (t) => {
    const flags = { "server.connections-per-address": "1", "engine.limits.user.per-second": "0.001" };
    const workers = await testWorkers(t, { ...flags, "engine.limits.user.burst": "2" });
    const [a, b] = [await workers.worker("a"), await workers.worker("b")];
    const token = await a.token("ann");
    for (const worker of [a, b]) await roomSocket(t, worker, "room_id=r").next("snapshot");

    const second = await roomSocket(t, a, "room_id=r").closed;
    const answers = [await say(a, token, "1"), await say(b, token, "2"), await say(a, token, "3")];

    assert.equal(second, 4_004);
    assert.deepEqual(
      answers.map(({ status }) => status),
      [202, 202, 429],
    );
  });

  it("[WK-13, WK-14] count the viewers of both, and forget those of a link that ends", async (t) => {
    const workers = await testWorkers(t);
    const [a, b] = [await workers.worker("a"), await workers.worker("b")];
    const here = roomSocket(t, a, "room_id=r");
    await here.next("snapshot");
    const there = roomSocket(t, b, "room_id=r");
    await there.next("snapshot");
    assert.equal(
      await until(
        () => viewersListed(a),
        (count) => count === 2,
      ),
      2,
    );
    await until(
      async () => here.frames.findLast((frame) => frame.type === "viewers")?.count,
      (count) => count === 2,
    );
    here.send({ type: "ping" });
    assert.equal((await here.next("pong")).viewers, 2);

    const raw = await RawWorker.welcomed(t, workers.socketPath);
    raw.send("enter", { rooms: [["r", null]] });
    raw.report([["r", 5]]);
    await until(
      () => viewersListed(b),
      (count) => count === 7,
    );
    assert.equal(
      (await raw.next("viewers", ({ elsewhere }) => elsewhere.some(([, count]) => count === 2))).elsewhere
        .length,
      1,
    );

    raw.socket.destroy();
    await until(
      () => viewersListed(b),
      (count) => count === 2,
    );
    await until(
      async () => here.frames.findLast((frame) => frame.type === "viewers")?.count,
      (count) => count === 2,
    );
  });

  it("[WK-3, WK-14] a newer generation takes an older one's place, viewers and all; an older one is refused", async (t) => {
    const workers = await testWorkers(t);
    const a = await workers.worker("a");
    await say(a, await a.token("ann"), "x");
    const old = await RawWorker.welcomed(t, workers.socketPath, "w", 1);
    old.report([["r", 9]]);
    await until(
      () => viewersListed(a),
      (count) => count === 9,
    );

    const next = await RawWorker.welcomed(t, workers.socketPath, "w", 2);
    await old.closed;
    const late = new RawWorker(t, workers.socketPath);
    late.send("hello", { id: "w", generation: 1, version: LINK_VERSION });
    const { error } = await late.next("refused");
    await late.closed;

    assert.equal(await viewersListed(a), 0);
    assert.equal(error.code, "SERVER_WORKER_OUTDATED");
    assert.deepEqual(
      workers.owner.workers.map(({ id, generation }) => `${id} ${generation}`),
      ["a 1", "w 2"],
    );
    next.socket.destroy();
    await assert.rejects(workers.worker("a", 0), { code: "SERVER_WORKER_OUTDATED" });
  });

  it("[WK-3] a worker of another version is refused and told so", async (t) => {
    const workers = await testWorkers(t);
    const raw = new RawWorker(t, workers.socketPath);

    raw.send("hello", { id: "x", generation: 1, version: LINK_VERSION + 1 });

    const { error } = await raw.next("refused");
    await raw.closed;
    assert.equal(error.code, "SERVER_LINK_VERSION");
    assert.deepEqual(workers.owner.workers, []);
  });

  it("[WK-2] bad bytes end their own link only", async (t) => {
    const workers = await testWorkers(t);
    const a = await workers.worker("a");
    const token = await a.token("ann");
    const foreign = new RawWorker(t, workers.socketPath);
    foreign.socket.write("GET / HTTP/1.1\r\nhost: here\r\n\r\n");
    const eager = new RawWorker(t, workers.socketPath);
    eager.send("leave", { room: "r" });
    const confused = await RawWorker.welcomed(t, workers.socketPath);
    confused.send("welcome", { version: LINK_VERSION });

    await Promise.all([foreign.closed, eager.closed, confused.closed]);

    assert.equal((await say(a, token, "still there")).status, 202);
    assert.equal(workers.lines.filter((line) => line.includes("SERVER_LINK_BAD_BYTES")).length, 3);
  });

  it("[WK-5] an error that nobody foresaw is told as BARRAGE_INTERNAL and logged by the owner", async (t) => {
    class BrokenArchive extends MemoryArchive {
      override query(): never {
        throw new Error("the archive has a secret");
      }
    }
    const workers = await testWorkers(t, {}, { archive: new BrokenArchive() });
    const a = await workers.worker("a");
    await say(a, await a.token("ann"), "x");

    const { status, text } = await a.get("/api/v1/rooms/r/danmu");

    assert.equal(status, 500);
    assert.equal(text.includes("secret"), false);
    assert.equal(
      workers.lines.some((line) => line.includes("the archive has a secret")),
      true,
    );
  });

  it("[WK-7] a call whose client has gone is cancelled at the owner", async (t) => {
    const cancelled = Promise.withResolvers<boolean>();
    const asked = Promise.withResolvers<void>();
    const archive: Archive = new MemoryArchive();
    archive.query = async (_, ctx) => {
      asked.resolve();
      const never = Promise.withResolvers<never>();
      using _cancel = ctx.onCancel(() => never.reject(new Error("given up")));
      try {
        return await never.promise;
      } finally {
        cancelled.resolve(ctx.cancelled);
      }
    };
    const workers = await testWorkers(t, {}, { archive });
    const a = await workers.worker("a");
    await say(a, await a.token("ann"), "x");
    const hangUp = new AbortController();

    const gone = fetchAnswer(`${a.url}/api/v1/rooms/r/danmu`, "GET", { signal: hangUp.signal });
    await asked.promise;
    hangUp.abort();
    await assert.rejects(gone);

    assert.equal(await cancelled.promise, true);
  });

  it("[WK-9] a batch goes to the workers with viewers in its room, and to no other", async (t) => {
    const workers = await testWorkers(t);
    const a = await workers.worker("a");
    const token = await a.token("ann");
    const inside = await RawWorker.welcomed(t, workers.socketPath, "in");
    const outside = await RawWorker.welcomed(t, workers.socketPath, "out");
    inside.send("enter", { rooms: [["r", null]] });
    outside.send("enter", { rooms: [["other", null]] });
    // Answered after what was sent before.
    for (const raw of [inside, outside]) {
      raw.send("call", { id: 1, name: "rooms.list", args: [] });
      await raw.next("result");
    }

    const { json } = await say(a, token, "for r");
    await inside.next("batch", ({ items }) => items.some(({ seq }) => seq === json["seq"]));
    outside.send("call", { id: 2, name: "gateway.flushed", args: [] });
    await outside.next("result", ({ id }) => id === 2);
    inside.send("leave", { room: "r" });
    inside.send("call", { id: 2, name: "rooms.list", args: [] });
    await inside.next("result", ({ id }) => id === 2);
    const had = inside.frames.length;
    await say(a, token, "for nobody there");
    inside.send("call", { id: 3, name: "gateway.flushed", args: [] });
    await inside.next("result", ({ id }) => id === 3);

    assert.equal(
      outside.frames.some(({ kind }) => kind === "batch"),
      false,
    );
    assert.equal(
      inside.frames.slice(had).some(({ kind }) => kind === "batch"),
      false,
    );
  });

  it("[WK-2] what is no call of the link is refused", async (t) => {
    const workers = await testWorkers(t);
    const raw = await RawWorker.welcomed(t, workers.socketPath);

    for (const [id, name] of [
      "log.append",
      "publisher.constructor",
      "publisher.inflight",
      "nonsense",
    ].entries()) {
      raw.send("call", { id, name, args: [] });
      const { error } = await raw.next("failure", (failure) => failure.id === id);
      assert.equal(error.code, "BARRAGE_NOT_FOUND");
    }
  });
});

describe("a worker whose owner is away", () => {
  it("[WK-15, WK-16, WK-19] keeps its viewers, refuses publishes and commands at once, and is not ready", async (t) => {
    const workers = await testWorkers(t);
    const a = await workers.worker("a");
    const [token, host] = [await a.token("ann"), await a.token("hanna", "host")];
    const socket = roomSocket(t, a, `room_id=r&token=${token}`);
    await socket.next("snapshot");
    assert.equal((await a.get("/readyz")).status, 200);
    await workers.owner.close();
    await until(
      () => a.get("/readyz"),
      ({ status }) => status === 503,
    );

    const publish = await say(a, token, "x");
    const command = await a.post("/api/v1/rooms/r/title", { title: "T" }, host);
    const rooms = await a.get("/api/v1/rooms");
    socket.send({ type: "danmu", content: "y", client_msg_id: "k" });
    const refused = await socket.next("error");
    socket.send({ type: "ping" });
    await socket.next("pong");

    for (const answer of [publish, command, rooms]) {
      assert.deepEqual([answer.status, answer.json["error"].code], [503, "BARRAGE_UNAVAILABLE"]);
      assert.equal(answer.json["error"].retryable, true);
      assert.equal(Number(answer.headers.get("retry-after")) >= 1, true);
    }
    assert.deepEqual([refused.code, refused.client_msg_id], ["BARRAGE_UNAVAILABLE", "k"]);
    assert.equal((refused.retry_after_ms ?? 0) >= 1_000, true);
    assert.equal(socket.ws.readyState, socket.ws.OPEN);

    await workers.restartOwner();
    await until(
      () => a.get("/readyz"),
      ({ status }) => status === 200,
    );
    const { json, status } = await say(a, token, "back");
    assert.equal(status, 202);
    assert.equal((await socket.item(json["id"] as string)).kind, "danmaku");
  });

  it("[WK-17] lets a viewer who joins wait for the next owner", async (t) => {
    const workers = await testWorkers(t);
    const a = await workers.worker("a");
    await workers.owner.close();
    await until(
      () => a.get("/readyz"),
      ({ status }) => status === 503,
    );

    const socket = roomSocket(t, a, "room_id=r");
    await socket.open();
    await workers.restartOwner();

    assert.equal((await socket.next("snapshot")).type, "snapshot");
  });

  /** A viewer at a worker that has lost its owner; `unseen` was acknowledged since, and published to nobody. */
  async function withUnseen(t: TestContext) {
    const log = new MemoryLog();
    const workers = await testWorkers(t, {}, { log });
    const [a, b] = [await workers.worker("a"), await workers.worker("b")];
    const socket = roomSocket(t, a, "room_id=r");
    await socket.next("snapshot");
    const first = await say(b, await a.token("ann"), "before");
    await socket.item(first.json["id"] as string);
    await workers.owner.close();
    const author = { uid: "bob", name: "bob", role: "viewer" } as const;
    const said = { content: "unseen", mode: "scroll", color: 1, size: 25 } as const;
    const entry = { kind: "danmaku", id: "unseen", at: Date.now(), author, ...said } as const;
    await log.append({ room: "r", entry }, background);
    return { workers, socket, ids: [first.json["id"] as string, "unseen"] };
  }

  const batched = ({ frames }: RoomSocket): readonly string[] =>
    frames.flatMap((frame) => (frame.type === "batch" ? frame.items.map(({ id }) => id) : []));

  it("[WK-18] gives its viewers what was acknowledged and not published", async (t) => {
    const { workers, socket, ids } = await withUnseen(t);

    await workers.restartOwner();

    await socket.item("unseen");
    assert.deepEqual(batched(socket), ids);
  });

  it("[WK-18] gives it also when the checkpoint is past it", async (t) => {
    const { workers, socket, ids } = await withUnseen(t);
    // An owner that no worker finds folds it, archives it, saves its checkpoint, and ends.
    await workers.restartOwner(`${workers.socketPath}.2`);
    await workers.owner.close();

    await workers.restartOwner();

    await socket.item("unseen");
    assert.deepEqual(batched(socket), ids);
  });
});

describe("the end in good order", () => {
  it("[WK-21] a worker that drains brings its viewers what was acknowledged, then sends them away", async (t) => {
    const workers = await testWorkers(t);
    const [a, b] = [await workers.worker("a"), await workers.worker("b")];
    const token = await a.token("ann");
    const socket = roomSocket(t, a, "room_id=r");
    await socket.next("snapshot");
    const answers = await Promise.all(Array.from({ length: 8 }, (_, i) => say(b, token, `last ${i}`)));

    await a.drain();

    assert.equal(await socket.closed, 4_000);
    const seen = socket.frames.flatMap((frame) =>
      frame.type === "batch" ? frame.items.map(({ id }) => id) : [],
    );
    assert.deepEqual(seen.toSorted(), answers.map(({ json }) => json["id"] as string).toSorted());
    assert.equal((await say(b, token, "goes on")).status, 202);
  });

  it("[WK-22] an owner that closes answers what it has begun, and its viewers get it", async (t) => {
    const begun = Promise.withResolvers<void>();
    const release = Promise.withResolvers<void>();
    class SlowLog extends MemoryLog {
      override async append(...request: Parameters<MemoryLog["append"]>) {
        if (request[0].entry.kind === "danmaku") {
          begun.resolve();
          await release.promise;
        }
        return super.append(...request);
      }
    }
    const workers = await testWorkers(t, {}, { log: new SlowLog() });
    const a = await workers.worker("a");
    const token = await a.token("ann");
    const socket = roomSocket(t, a, "room_id=r");
    await socket.next("snapshot");

    const publishing = say(a, token, "the last");
    await begun.promise;
    const closing = workers.owner.close();
    const refused = await until(
      () => say(a, token, "too late"),
      ({ status }) => status === 503,
    );
    release.resolve();
    await closing;
    const { status, json } = await publishing;

    assert.equal(refused.json["error"].code, "BARRAGE_DRAINING");
    assert.equal(status, 202);
    assert.equal((await socket.item(json["id"] as string)).id, json["id"]);
  });

  it("[WK-22] an owner that closes does not wait for a worker that hangs", async (t) => {
    const workers = await testWorkers(t);
    const hung = await RawWorker.welcomed(t, workers.socketPath);
    hung.socket.pause();
    // More than the system takes for a socket that nobody reads.
    const answers = 20_000;
    for (let id = 0; id < answers; id += 1) hung.send("call", { id, name: "nonsense", args: [] });
    hung.send("report", { ...IDLE, load: { ...IDLE.load, connections: 7 } });
    await until(
      () => Promise.resolve(workers.owner.workers[0]?.connections),
      (connections) => connections === 7,
    );

    // Would fail with SERVER_DRAIN_FORCED after its deadline.
    await workers.owner.close();

    assert.deepEqual(workers.owner.workers, []);
  });
});

describe("a worker that starts without an owner", () => {
  it("[WK-19] says whom it missed, and leaves nothing behind", async (t) => {
    const dir = temporaryDir(t);
    const { config } = resolveConfig({ flags: { "store.dir": dir } });
    const tasks = liveTaskCount();

    const start = startGatewayWorker(config, {
      socketPath: join(dir, "nobody.sock"),
      worker: { id: "1", generation: 1 },
      ownerWithinMs: 50,
      listen: { host: "127.0.0.1", port: 0, reusePort: false },
      log: createLogger({ level: "silent" }),
    });

    await assert.rejects(start, { code: "SERVER_OWNER_UNREACHABLE" });
    assert.equal(liveTaskCount(), tasks);
  });
});
