import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { liveTasks, onTaskFailure, rootContext } from "@barrage/kernel";
import { BarrageError, CLIENT_FRAME_MAX_BYTES } from "@barrage/protocol";
import { FakeClock } from "@barrage/testkit";
import { connect } from "../src/connect.ts";
import type { ConnectOptions } from "../src/connection-options.ts";
import type { RoomConnection } from "../src/room-connection.ts";
import type { RoomEvents, SeenItem } from "../src/session/effects.ts";
import { batch, danmaku, ROOM, snapshot, YOU } from "./records.ts";
import { ScriptedServer } from "./scripted-server.ts";
import type { Peer } from "./scripted-server.ts";

/** The next event of a name. */
const next = <K extends keyof RoomEvents>(connection: RoomConnection, event: K): Promise<RoomEvents[K]> =>
  new Promise((resolve) => {
    const off = connection.on(event, (value) => {
      off();
      resolve(value);
    });
  });

/** The next state of a type. */
const reach = (connection: RoomConnection, type: RoomEvents["state"]["type"]): Promise<RoomEvents["state"]> =>
  new Promise((resolve) => {
    const off = connection.on("state", (state) => {
      if (state.type !== type) return;
      off();
      resolve(state);
    });
  });

interface Stage extends AsyncDisposable {
  readonly server: ScriptedServer;
  readonly clock: FakeClock;
  readonly connection: RoomConnection;
  readonly peer: Peer;
  readonly items: SeenItem[];
}

/** A client that is live in a room whose head is 5. */
async function stage(options: Partial<ConnectOptions> = {}): Promise<Stage> {
  const server = await ScriptedServer.start();
  const clock = new FakeClock();
  const context = rootContext({ clock });
  let id = 0;
  const messageId = (): string => `m${(id += 1)}`;
  const connection = connect({
    url: server.url,
    room: "demo",
    context,
    random: () => 0.5,
    messageId,
    ...options,
  });
  const items: SeenItem[] = [];
  connection.on("item", (item) => items.push(item));
  const peer = await server.peer();
  const live = reach(connection, "live");
  peer.tell(snapshot(5));
  await live;
  const end = async (): Promise<void> => {
    connection.close();
    await server[Symbol.asyncDispose]();
  };
  return { server, clock, connection, peer, items, [Symbol.asyncDispose]: end };
}

/** Lets the client come back and shows it the room again. */
async function comeBack(
  { server, clock, connection }: Stage,
  frame = snapshot(5, [], { resumed: true }),
): Promise<Peer> {
  const live = reach(connection, "live");
  const { state } = connection;
  // No further: the next attempt has a deadline of its own.
  await clock.advance(state.type === "waiting" ? state.retryInMs : 0);
  const peer = await server.peer();
  peer.tell(frame);
  await live;
  return peer;
}

const code = (error: unknown): string | undefined => (BarrageError.is(error) ? error.code : undefined);
const rejects = (promise: Promise<unknown>, expected: string): Promise<void> =>
  assert.rejects(promise, (error) => code(error) === expected);

describe("RoomConnection", () => {
  it("[SE-46] sends and reads bytes where they are asked for", async () => {
    await using server = await ScriptedServer.start();
    using connection = connect({ url: server.url, room: "demo", form: "binary" });
    const live = reach(connection, "live");
    const peer = await server.peer();
    peer.tell(snapshot(5));
    await live;
    const arrived = next(connection, "item");
    peer.tell(batch(5, [6]));

    assert.equal((await arrived).seq, 6);
    const sent = connection.send({ content: "弹", client_msg_id: "c1" });
    assert.deepEqual((await peer.hear())["type"], "danmu");
    peer.tell({ type: "ack", id: "d7", seq: 7, client_msg_id: "c1" });
    assert.equal((await sent).id, "d7");
    peer.tellBytes(Uint8Array.of(2, 0, 1));
    assert.equal(code(await next(connection, "error")), "BARRAGE_CLIENT_FAULT");
  });

  it("[SE-1] tells its states in order and what the room is", async () => {
    await using server = await ScriptedServer.start();
    const connection = connect({
      url: server.url,
      room: "demo",
      token: "t",
      since: 3,
      context: rootContext({ clock: new FakeClock() }),
    });
    const states: string[] = [connection.state.type];
    connection.on("state", (state) => states.push(state.type));
    const peer = await server.peer();
    const room = next(connection, "room");
    peer.tell(snapshot(5, [4, 5], { resumed: true }));

    assert.equal((await room).title, "Demo");
    connection.close();
    assert.deepEqual(states, ["connecting", "live", "closed"]);
    assert.deepEqual(
      [peer.query.get("room_id"), peer.query.get("token"), peer.query.get("since")],
      ["demo", "t", "3"],
    );
    assert.deepEqual(connection.you, YOU);
  });

  it("[SE-3] [SE-13] resumes after a cut and hands over only what is new", async () => {
    await using it = await stage();
    const got = next(it.connection, "batch");
    it.peer.tell(batch(5, [6, 7]));
    await got;
    const waiting = reach(it.connection, "waiting");
    it.peer.cut();
    await waiting;
    const peer = await comeBack(it, snapshot(9, [6, 7, 8, 9], { resumed: true }));

    assert.equal(peer.query.get("since"), "7");
    assert.deepEqual(
      it.items.map(({ seq, past }) => [seq, past]),
      [
        [6, false],
        [7, false],
        [8, true],
        [9, true],
      ],
    );
  });

  it("[SE-3] stays away from a room that was closed", async () => {
    await using it = await stage();
    const closed = reach(it.connection, "closed");
    it.peer.close(4502);

    assert.deepEqual(await closed, { type: "closed", code: 4502, reason: "" });
    assert.equal(it.clock.pendingTimers, 0);
    await rejects(it.connection.send({ content: "x" }), "BARRAGE_CLIENT_CLOSED");
  });

  it("[SE-6] comes back with a new token", async () => {
    await using it = await stage({ token: "old", refreshToken: () => Promise.resolve("new") });
    const waiting = reach(it.connection, "waiting");
    it.peer.close(4005);
    await waiting;

    assert.equal((await comeBack(it)).query.get("token"), "new");
  });

  it("[SE-6] tells that no token could be had, and asks again", async () => {
    let asked = 0;
    const refreshToken = (): Promise<string> =>
      (asked += 1) === 1 ? Promise.reject(new Error("no")) : Promise.resolve("new");
    await using it = await stage({ token: "old", refreshToken });
    const waiting = reach(it.connection, "waiting");
    it.peer.close(4005);
    await waiting;
    const told = next(it.connection, "error");
    await it.clock.advance(500);

    assert.equal((await told).code, "BARRAGE_CLIENT_TOKEN_REFRESH");
    assert.equal((await comeBack(it)).query.get("token"), "new");
  });

  it("[SE-7] pings with its place, measures, and leaves a silent server", async () => {
    await using it = await stage();
    await it.clock.advance(20_000);
    assert.deepEqual(await it.peer.hear(), { type: "ping", t: 20_000, seq: 5 });

    const waiting = reach(it.connection, "waiting");
    await it.clock.advance(9_999);
    assert.equal(it.connection.state.type, "live");
    await it.clock.advance(1);
    assert.equal((await waiting).type, "waiting");
  });

  it("[SE-7] [SE-33] is kept by a pong, and knows the server's time from it", async () => {
    await using it = await stage();
    await it.clock.advance(20_000);
    const { t } = await it.peer.hear();
    await it.clock.advance(100);
    // The viewers frame behind it is heard after it.
    const heard = next(it.connection, "viewers");
    it.peer.tell(
      { type: "pong", t: t as number, ts: it.clock.wall() + 5_000 - 50, viewers: 1 },
      { type: "viewers", room_id: "demo", count: 7 },
    );
    await heard;

    assert.equal(it.connection.rttMs, 100);
    assert.equal(it.connection.serverNow() - it.clock.wall(), 5_000);
    assert.equal(it.connection.viewers, 7);
    await it.clock.advance(15_000);
    assert.equal(it.connection.state.type, "live");
  });

  it("[SE-8] leaves no timer, task or handler behind", async () => {
    const before = liveTasks().length;
    await using it = await stage();
    const send = it.connection.send({ content: "never answered" });
    assert.ok(it.clock.pendingTimers > 0 || liveTasks().length > before);
    let told = 0;
    it.connection.on("state", () => (told += 1));
    it.connection.close();
    it.connection.close();

    assert.equal(it.clock.pendingTimers, 0);
    await rejects(send, "BARRAGE_CLIENT_CLOSED");
    assert.equal(await it.peer.gone(), 1000);
    assert.equal(liveTasks().length, before);
    assert.equal(told, 1);
  });

  it("[SE-8] closes from inside a handler, and with its context", async () => {
    await using it = await stage();
    const heard: string[] = [];
    it.connection.on("item", () => {
      heard.push("item");
      it.connection.close();
    });
    it.connection.on("batch", () => heard.push("batch"));
    const closed = reach(it.connection, "closed");
    it.peer.tell(batch(5, [6, 7]));
    await closed;
    assert.deepEqual(heard, ["item"]);

    const parent = rootContext({ clock: it.clock }).cancellable();
    const other = connect({ url: it.server.url, room: "demo", context: parent });
    parent.cancel();
    assert.equal(other.state.type, "closed");
  });

  it("[SE-9] connects anew with a new token", async () => {
    await using it = await stage();
    it.connection.setToken("mine");

    assert.equal((await it.server.peer()).query.get("token"), "mine");
  });

  it("[SE-11] [SE-16] resumes after a broken chain and after a frame that is none", async () => {
    await using it = await stage();
    let peer = it.peer;
    for (const bad of [batch(8, [9]), "not json", { type: "batch", room_id: "demo" } as never]) {
      const fault = next(it.connection, "error");
      peer.tell(bad);
      assert.equal((await fault).code, "BARRAGE_CLIENT_FAULT");
      peer = await comeBack(it);
      assert.equal(peer.query.get("since"), "5");
    }

    assert.deepEqual(it.items, []);
  });

  it("[SE-16] passes over a frame of an unknown type", async () => {
    await using it = await stage();
    const got = next(it.connection, "batch");
    it.peer.tell('{"type":"poll","options":[]}', batch(5, [6]));
    await got;

    assert.deepEqual(
      it.items.map((item) => item.seq),
      [6],
    );
  });

  it("[SE-12] tells a gap", async () => {
    await using it = await stage();
    const gap = next(it.connection, "gap");
    it.peer.tell({ type: "gap", room_id: "demo", from: 5, to: 9, count: 12, reason: "slow" });

    assert.deepEqual(await gap, { from: 5, to: 9, count: 12, reason: "slow" });
    assert.equal(it.connection.lastSeq, 9);
  });

  it("[SE-17] follows the room's events", async () => {
    await using it = await stage();
    const events = [
      { type: "title", title: "New" },
      { type: "slow_mode", seconds: 5 },
      { type: "offline", reason: "ended" },
      { type: "mute", uid: "bob", until: null },
    ] as const;
    const rooms: unknown[] = [];
    it.connection.on("room", ({ title, slow_mode_s, live }) => rooms.push([title, slow_mode_s, live]));
    const items = events.map((event, i) => ({ ...danmaku(6 + i), kind: "room-event", event }) as never);
    const got = next(it.connection, "batch");
    it.peer.tell(batch(5, [6, 7, 8, 9], { items }));
    await got;

    assert.deepEqual(rooms, [
      ["New", 0, true],
      ["New", 5, true],
      ["New", 5, false],
    ]);
    assert.deepEqual(it.connection.room, { ...ROOM, head: 5, title: "New", slow_mode_s: 5, live: false });
  });

  it("[RP-25] [SE-17] tells counts, rate and policies as they come", async () => {
    await using it = await stage();
    const told: unknown[] = [];
    it.connection.on("merged", (count) => told.push(count));
    it.connection.on("rate", (rate) => told.push(rate));
    it.connection.on("policies", ({ merge, slow }) => told.push([merge.mode, slow.mode]));
    it.connection.on("gap", ({ count, reason }) => told.push([count, reason]));
    const events = [
      { type: "policies", change: { merge: { mode: "on", window_s: 10 } } },
      { type: "slow_mode", seconds: 5 },
    ] as const;
    const items = events.map((event, i) => ({ ...danmaku(6 + i), kind: "room-event", event }) as never);
    const merged = [{ seq: 5, count: 128, content: "text 5" }];
    const got = next(it.connection, "batch");
    it.peer.tell(batch(5, [6, 7], { items, merged, sampled: 4, rate: { shown: 31, of: 412 } }));
    await got;

    assert.deepEqual(told, [
      ["on", "off"],
      ["on", "on"],
      { seq: 5, count: 128, content: "text 5" },
      { shown: 31, of: 412 },
      [4, "sampled"],
    ]);
    assert.equal(it.connection.policies.merge.window_s, 10);
    assert.equal(it.connection.room?.slow_mode_s, 5);
  });

  it("[RP-25] a frame with a count, rate or policies that are none is a fault", async () => {
    const broken = [
      { ...batch(5, [6]), merged: [{ seq: 5, count: "2", content: "x" }] },
      { ...batch(5, [6]), rate: { shown: 1 } },
      { ...batch(5, [6]), sampled: -1 },
    ];
    for (const frame of broken) {
      await using it = await stage();
      const error = next(it.connection, "error");
      it.peer.tell(JSON.stringify(frame));
      assert.equal((await error).code, "BARRAGE_CLIENT_FAULT");
    }
  });

  it("[SE-20] [SE-24] resolves a send with its ack and hands its danmaku over once", async () => {
    await using it = await stage();
    const sent = it.connection.send({ content: "hello", color: "#00ff7f", mode: "top", size: 36 });
    assert.deepEqual(await it.peer.hear(), {
      type: "danmu",
      content: "hello",
      color: "#00ff7f",
      mode: "top",
      size: 36,
      client_msg_id: "m1",
    });
    it.peer.tell({ type: "ack", client_msg_id: "m1", id: "d6", seq: 6 });
    assert.deepEqual(await sent, { type: "ack", client_msg_id: "m1", id: "d6", seq: 6 });
    const got = next(it.connection, "batch");
    it.peer.tell(batch(5, [6, 7], { items: [danmaku(6, { author: YOU }), danmaku(7)] }));
    await got;

    assert.deepEqual(
      it.items.map(({ id, own }) => [id, own]),
      [
        ["d6", true],
        ["d7", false],
      ],
    );
    const [echo] = it.items;
    assert.ok(echo?.kind === "danmaku");
    assert.deepEqual([echo.content, echo.mode, echo.color, echo.size], ["hello", "top", 0x00ff7f, 36]);
  });

  it("[SE-20] [SE-24] sends what is unanswered again, under the same id, and shows it once", async () => {
    await using it = await stage();
    const sent = it.connection.send({ content: "hello" });
    const first = await it.peer.hear();
    const waiting = reach(it.connection, "waiting");
    it.peer.cut();
    await waiting;
    const back = snapshot(6, [], { resumed: true, items: [danmaku(6, { author: YOU, content: "hello" })] });
    const peer = await comeBack(it, back);
    assert.deepEqual(await peer.hear(), first);
    peer.tell({ type: "ack", client_msg_id: "m1", id: "d6", seq: 6 });
    await sent;

    assert.deepEqual(
      it.items.map(({ id, own }) => [id, own]),
      [["d6", true]],
    );
    assert.equal(it.connection.unanswered, 0);
  });

  it("[SE-24] does not show one that is held", async () => {
    await using it = await stage();
    const sent = it.connection.send({ content: "hm" });
    await it.peer.hear();
    it.peer.tell({ type: "ack", client_msg_id: "m1", id: "h1", held: true });

    assert.deepEqual(await sent, { type: "ack", client_msg_id: "m1", id: "h1", held: true });
    assert.deepEqual(it.items, []);
  });

  it("[SE-20] likes as it sends", async () => {
    await using it = await stage();
    const sent = it.connection.like(3);
    assert.deepEqual(await it.peer.hear(), { type: "like", count: 3, client_msg_id: "m1" });
    it.peer.tell({ type: "ack", client_msg_id: "m1", id: "l1", seq: 6 });

    assert.equal((await sent).id, "l1");
    assert.equal(it.items[0]?.kind, "like");
  });

  it("[SE-21] rejects a refused send with the server's code, and keeps one refused by a server that goes down", async () => {
    await using it = await stage();
    const refused = it.connection.send({ content: "one" });
    const kept = it.connection.send({ content: "two" });
    const error = { type: "error", message: "no {x}", retryable: true } as const;
    it.peer.tell({ ...error, code: "BARRAGE_DRAINING", client_msg_id: "m2" });
    it.peer.tell({ ...error, code: "BARRAGE_SLOW_MODE", retry_after_ms: 3_000, client_msg_id: "m1" });
    await assert.rejects(refused, (e) => {
      assert.ok(BarrageError.is(e));
      assert.deepEqual(
        [e.code, e.spec.retryable, e.fields["retry_after_ms"]],
        ["BARRAGE_SLOW_MODE", true, 3_000],
      );
      return true;
    });
    const waiting = reach(it.connection, "waiting");
    it.peer.close(4000);
    await waiting;
    const peer = await comeBack({ ...it });
    assert.equal((await peer.hear())["client_msg_id"], "m2");
    peer.tell({ type: "ack", client_msg_id: "m2", id: "d9", seq: 9 });
    assert.equal((await kept).id, "d9");
  });

  it("[SE-21] tells an error that answers no send", async () => {
    await using it = await stage();
    const told = next(it.connection, "error");
    it.peer.tell({ type: "error", code: "BARRAGE_BANNED", message: "You are banned.", retryable: false });

    assert.equal((await told).code, "BARRAGE_BANNED");
  });

  it("[SE-22] gives up on a send that is not answered in time", async () => {
    await using it = await stage({ sendTimeoutMs: 1_000 });
    const sent = it.connection.send({ content: "x" });
    const rejected = rejects(sent, "BARRAGE_CLIENT_SEND_TIMEOUT");
    await it.clock.advance(999);
    assert.equal(it.connection.unanswered, 1);
    await it.clock.advance(1);

    await rejected;
    assert.equal(it.connection.unanswered, 0);
  });

  it("[SE-23] refuses what the server would close the connection for", async () => {
    await using it = await stage();
    const envelope = JSON.stringify({ content: "", client_msg_id: "m1", type: "danmu" }).length;
    const most = "x".repeat(CLIENT_FRAME_MAX_BYTES - envelope);
    const sends = [it.connection.send({ content: most, client_msg_id: "m1" })];
    await it.peer.hear();

    for (const [body, expected] of [
      [{ content: `${most}x`, client_msg_id: "m2" }, "BARRAGE_FRAME_TOO_LARGE"],
      [{ content: "x", client_msg_id: "a b" }, "BARRAGE_BAD_FIELD"],
      [{ content: "x", client_msg_id: "m1" }, "BARRAGE_BAD_FIELD"],
    ] as const) {
      await rejects(it.connection.send(body), expected);
    }
    assert.equal(it.connection.unanswered, 1);
    it.connection.close();
    await assert.rejects(sends[0]!);
  });

  it("[SE-23] refuses what its bytes cannot say, and goes on", async () => {
    await using it = await stage({ form: "binary" });
    const wrong = { content: "x", color: "no colour", client_msg_id: "m1" } as const;

    await rejects(it.connection.send(wrong), "BARRAGE_BAD_FIELD");
    assert.equal(it.connection.unanswered, 0);
    const waiting = reach(it.connection, "waiting");
    it.peer.cut();
    await waiting;
    await rejects(it.connection.send(wrong), "BARRAGE_BAD_FIELD");
    const peer = await comeBack(it);
    const arrived = next(it.connection, "item");
    peer.tell(batch(5, [6]));
    assert.equal((await arrived).seq, 6);
  });

  it("[SE-30] takes as many sends as its outbox holds", async () => {
    await using it = await stage({ outboxLimit: 2 });
    const sends = [it.connection.send({ content: "1" }), it.connection.send({ content: "2" })];
    await rejects(it.connection.send({ content: "3" }), "BARRAGE_CLIENT_OUTBOX_FULL");
    assert.equal((await it.peer.hear())["content"], "1");
    assert.equal((await it.peer.hear())["content"], "2");
    it.peer.tell({ type: "ack", client_msg_id: "m1", id: "a", seq: 6 });
    await sends[0];
    const third = it.connection.send({ content: "4" });

    assert.equal((await it.peer.hear())["content"], "4");
    it.connection.close();
    await Promise.allSettled([...sends, third]);
  });

  it("[SE-18] tells its tracing of what it is handed in a batch, not of a snapshot", async () => {
    await using server = await ScriptedServer.start();
    const steps: string[] = [];
    using connection = connect({
      url: server.url,
      room: "demo",
      tracing: {
        begin(name, parent) {
          steps.push(`${name} after ${parent}`);
          return { end: () => void steps.push("end") };
        },
      },
    });
    const live = reach(connection, "live");
    const peer = await server.peer();
    const traced = (seq: number) => danmaku(seq, { trace: `trace ${seq}` });
    peer.tell({ ...snapshot(5), items: [traced(5)] });
    await live;
    connection.on("item", ({ seq }) => steps.push(`item ${seq}`));
    const got = next(connection, "item");
    peer.tell(batch(5, [6], { items: [traced(6)] }));
    await got;

    assert.deepEqual(steps, ["receive after trace 6", "item 6", "end"]);
  });

  it("[SE-32] goes on when a handler throws, and the failure is told", async () => {
    await using it = await stage();
    const failures: unknown[] = [];
    using _ = onTaskFailure(({ error }) => void failures.push((error as Error).message));
    it.connection.on("item", () => {
      throw new Error("handler");
    });
    let after = 0;
    it.connection.on("item", () => (after += 1));
    const got = next(it.connection, "batch");
    it.peer.tell(batch(5, [6]));
    await got;
    await it.clock.advance(0);

    assert.equal(after, 1);
    assert.deepEqual(failures, ["handler"]);
  });

  for (const [what, options, expected] of [
    ["a room id that is none", { url: "http://a", room: "a b" }, "BARRAGE_BAD_FIELD"],
    ["an address that is none", { url: "nowhere", room: "a" }, "BARRAGE_CLIENT_BAD_ADDRESS"],
    ["an address of another kind", { url: "ftp://a", room: "a" }, "BARRAGE_CLIENT_BAD_ADDRESS"],
  ] as const) {
    it(`[SE-23] refuses ${what} at once`, () => {
      assert.throws(
        () => connect(options),
        (error) => code(error) === expected,
      );
    });
  }

  it("[SE-23] says that there is no WebSocket", () => {
    const platform = globalThis as { WebSocket?: unknown };
    const own = platform.WebSocket;
    delete platform.WebSocket;
    try {
      assert.throws(
        () => connect({ url: "http://a", room: "a" }),
        (error) => code(error) === "BARRAGE_CLIENT_NO_WEBSOCKET",
      );
    } finally {
      platform.WebSocket = own;
    }
  });

  it("[SE-3] waits when the platform forbids the address", () => {
    const clock = new FakeClock();
    function Forbidden(): never {
      throw new Error("mixed content");
    }
    const connection = connect({
      url: "http://a",
      room: "a",
      context: rootContext({ clock }),
      webSocket: Forbidden as never,
    });

    assert.equal(connection.state.type, "waiting");
    connection.close();
  });
});
