import assert from "node:assert/strict";
import { once } from "node:events";
import { Duplex } from "node:stream";
import { describe, it } from "node:test";
import { nextTurn } from "@barrage/kernel";
import { assertLedger } from "@barrage/testkit";
import { WebSocket } from "ws";
import { SocketTransport } from "../../src/gateway/socket-transport.ts";
import { StreamTransport } from "../../src/gateway/stream-transport.ts";
import { socketPair } from "../support/socket-pair.ts";
import { testServer } from "../support/test-server.ts";
import { roomSocket } from "./room-socket.ts";
import type { RoomSocket } from "./room-socket.ts";

const TOKEN = "0123456789abcdef";

const received = ({ frames }: RoomSocket): number =>
  frames.reduce(
    (sum, frame) => sum + (frame.type === "batch" || frame.type === "snapshot" ? frame.items.length : 0),
    0,
  );

const open = { readyState: WebSocket.OPEN } as WebSocket;

/** Writes until the system takes no more. */
function fill(transport: SocketTransport): void {
  const chunk = Buffer.alloc(262_144);
  while (transport.bufferedBytes === 0) transport.write(chunk);
}

describe("ledger at the edge", () => {
  it("[DL-29] agrees with what the receiving sockets counted, each for itself", async (t) => {
    const server = await testServer(t);
    const sockets = [roomSocket(t, server, "room_id=r"), roomSocket(t, server, "room_id=r")];
    for (const socket of sockets) await socket.next("snapshot");
    const token = await server.token("ann");
    let last = "";
    for (let i = 0; i < 5; i += 1) {
      const { json } = await server.post("/api/v1/danmu", { room_id: "r", content: `x${i}` }, token);
      last = json["id"] as string;
    }
    for (const socket of sockets) await socket.item(last);

    const records = sockets.reduce((sum, socket) => sum + received(socket), 0);
    assertLedger(server.engine.gateway.ledger(), { records, withheld: 0 });
  });

  it("[DL-30] is a page: process, rooms, and on request each connection of a room", async (t) => {
    const server = await testServer(t);
    const socket = roomSocket(t, server, "room_id=r");
    await socket.next("snapshot");
    const { json: made } = await server.post(
      "/api/v1/danmu",
      { room_id: "r", content: "x" },
      await server.token("ann"),
    );
    await socket.item(made["id"] as string);

    const { json, headers } = await server.get("/debug/ledger?room=r");
    const { text } = await server.get("/metrics");

    assert.equal(headers.get("cache-control"), "no-store");
    assert.equal(json["process"].delivered, received(socket));
    assert.equal(json["process"].imbalance, 0);
    assert.deepEqual(json["rooms"], [{ room: "r", viewers: 1, everywhere: 1, ledger: json["process"] }]);
    assert.deepEqual(json["connections"], [json["process"]]);
    assert.match(text, new RegExp(`^barrage_ledger_records{term="delivered"} ${received(socket)}$`, "m"));
    assert.match(
      text,
      new RegExp(`^barrage_room_ledger_records{room="r",term="delivered"} ${received(socket)}$`, "m"),
    );
    assert.match(text, /^barrage_ledger_imbalance_records 0$/m);
    assert.equal((await server.get("/debug/ledger?room=%20")).status, 404);
  });

  it("[OP-19] the page is guarded as the other debug pages are", async (t) => {
    const production = {
      mode: "production",
      "auth.hs256-secret": "0123456789abcdef0123456789abcdef",
      "auth.issuer": "https://issuer.example",
      "auth.audience": "barrage",
      "server.admin-token": TOKEN,
    };
    const off = await testServer(t, production);
    const on = await testServer(t, { ...production, "telemetry.debug-pages": "on" });

    const statuses = [
      await off.get("/debug/ledger", TOKEN),
      await on.get("/debug/ledger"),
      await on.get("/debug/ledger", TOKEN),
    ].map(({ status }) => status);

    assert.deepEqual(statuses, [404, 401, 200]);
  });

  it("[DL-29] a socket tells when everything written is taken, once its peer reads", async (t) => {
    const { near, far } = await socketPair(t);
    const transport = new SocketTransport(open, near);
    fill(transport);
    let isTaken = false;
    transport.whenTaken({ taken: () => (isTaken = true) });
    await nextTurn();
    const before = isTaken;

    far.resume();
    while (!isTaken) await nextTurn();

    assert.equal(before, false);
    assert.equal(transport.bufferedBytes, 0);
  });

  it("[DL-29] a write that fails at once, as to a peer that has reset, is no write", () => {
    const socket = new Duplex({
      read: () => undefined,
      write: (_bytes, _encoding, done) => done(new Error("reset")),
    });
    socket.on("error", () => undefined);
    const transport = new StreamTransport(socket);

    assert.deepEqual(
      [transport.write(Buffer.from("x")), transport.bufferedBytes, transport.isFlushed],
      [false, 0, false],
    );
  });

  it("[DL-29] a socket that is cut never tells so, takes nothing more and was not flushed", async (t) => {
    const { near } = await socketPair(t);
    const transport = new SocketTransport(open, near);
    fill(transport);
    let isTaken = false;
    transport.whenTaken({ taken: () => (isTaken = true) });
    const closed = once(near, "close");

    transport.cut();
    await closed;

    assert.deepEqual(
      [isTaken, transport.isFlushed, transport.write(Buffer.from("x"))],
      [false, false, false],
    );
  });
});
