import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import { connect } from "node:net";
import type { Socket } from "node:net";
import { join } from "node:path";
import { describe, it } from "node:test";
import type { TestContext } from "node:test";
import { Scope, nextTurn } from "@barrage/kernel";
import { imbalance } from "@barrage/engine";
import { WebSocket } from "ws";
import { AddressSlots } from "../../src/gateway/address-slots.ts";
import { attachGateway } from "../../src/gateway/upgrade.ts";
import { temporaryDir, testServer } from "../support/test-server.ts";
import type { TestServer } from "../support/test-server.ts";

const READERS = 1_000;
const LIMIT_BYTES = 131_072;
const PROCESS_BYTES = 33_554_432;

/**
 * The server's edge on a local socket: what its kernel buffers take is small and does not grow, so a reader that stops
 * is felt after some hundred kilobytes instead of megabytes.
 */
async function localEdge(t: TestContext, { engine }: TestServer): Promise<{ path: string; near: Socket[] }> {
  const path = join(temporaryDir(t), "edge.sock");
  const near: Socket[] = [];
  const http = createServer();
  http.on("connection", (socket: Socket) => near.push(socket));
  const scope = new Scope(undefined, { name: "local edge" });
  const edge = attachGateway(http, {
    engine,
    verifier: { verify: () => Promise.reject(new Error("nobody has a token here")) },
    allowedOrigins: [],
    slots: new AddressSlots(READERS * 2),
    contentMax: 100,
    addressOf: () => "192.0.2.1",
    scope,
  });
  http.listen(path);
  await once(http, "listening");
  t.after(async () => {
    edge[Symbol.dispose]();
    for (const socket of near) socket.destroy();
    http.close();
    await scope[Symbol.asyncDispose]();
  });
  return { path, near };
}

const HANDSHAKE =
  "GET /ws?room_id=r HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" +
  "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n";

/** Joins and never reads another byte. One after the other: a local socket's backlog refuses the rest. */
async function stoppedReader(t: TestContext, path: string): Promise<Socket> {
  const socket = connect(path).pause();
  await once(socket, "connect");
  socket.on("error", () => undefined);
  socket.write(HANDSHAKE);
  t.after(() => socket.destroy());
  return socket;
}

async function until(isMet: () => boolean): Promise<void> {
  while (!isMet()) await nextTurn();
}

const NO_LIMITS = Object.fromEntries(
  ["user", "room", "address"].flatMap((who) => [
    [`engine.limits.${who}.per-second`, "1000000"],
    [`engine.limits.${who}.burst`, "1000000"],
  ]),
);

describe("readers that stop reading", { timeout: 300_000 }, () => {
  it("[OL-1] [OL-2] a thousand of them never hold more than their limits; who reads misses nothing", async (t) => {
    const server = await testServer(t, {
      ...NO_LIMITS,
      "engine.outbound.limit-bytes": String(LIMIT_BYTES),
      "engine.outbound.high-bytes": String(LIMIT_BYTES / 2),
      "engine.outbound.low-bytes": String(LIMIT_BYTES / 8),
      "engine.outbound.process-bytes": String(PROCESS_BYTES),
      "engine.outbound.grace-ms": "1000",
    });
    const { gateway } = server.engine;
    const { path, near } = await localEdge(t, server);
    const healthy = new WebSocket(`ws+unix:${path}:/ws?room_id=r`);
    t.after(() => healthy.terminate());
    const texts: string[] = [];
    healthy.on("message", (data: Buffer) => {
      const frame = JSON.parse(data.toString()) as { type: string; items?: { content?: string }[] };
      if (frame.type === "batch") texts.push(...(frame.items ?? []).flatMap(({ content }) => content ?? []));
    });
    await once(healthy, "message");
    for (let i = 0; i < READERS; i += 1) await stoppedReader(t, path);
    await until(() => gateway.connections === READERS + 1);

    let [most, mostOfOne] = [0, 0];
    let sent = 0;
    const isOver = (): boolean => gateway.connections === 1;
    const token = await server.token("ann");
    const body = (): unknown => ({ room_id: "r", content: `${"字".repeat(90)}${sent}` });
    while (!isOver()) {
      await Promise.all(
        Array.from({ length: 40 }, () => {
          sent += 1;
          return server.post("/api/v1/danmu", body(), token);
        }),
      );
      // The first of them is the one that reads; what a cut one held is given up, though Node tells so a turn later.
      const open = near.slice(1).filter(({ destroyed }) => !destroyed);
      const held = open.map(({ writableLength }) => writableLength);
      most = Math.max(
        most,
        held.reduce((sum, bytes) => sum + bytes, 0),
      );
      mostOfOne = Math.max(mostOfOne, ...held);
    }
    await until(() => texts.length === sent);

    // A close frame and the pongs of ws stand beside what is counted.
    assert.equal(mostOfOne > LIMIT_BYTES / 8 && mostOfOne <= LIMIT_BYTES + 256, true, String(mostOfOne));
    assert.equal(most <= PROCESS_BYTES + READERS * 256, true, String(most));
    const { peakBytes, peakConnectionBytes } = gateway.outbound;
    assert.equal(peakBytes <= PROCESS_BYTES && peakConnectionBytes <= LIMIT_BYTES, true);
    t.diagnostic(`at most ${most} bytes of all readers, ${mostOfOne} of one; ${sent} danmaku`);
    const { text } = await server.get("/metrics");
    assert.match(text, new RegExp(`^barrage_connections_closed_total\\{code="4001"\\} ${READERS}$`, "m"));
    assert.equal(imbalance(gateway.ledger()), 0);
  });

  it("[OL-6] a peer that pings and does not read is answered only while its answers are taken", async (t) => {
    const server = await testServer(t);
    const { gateway } = server.engine;
    // The bound on frames (DL-46) would end it before a buffer is full: it is left out, the buffer has to do alone.
    const connect = gateway.connect.bind(gateway);
    gateway.connect = (request) => Object.assign(connect(request), { noticed: () => undefined });
    const { path, near } = await localEdge(t, server);
    const socket = await stoppedReader(t, path);
    await until(() => gateway.connections === 1);
    const ping = Buffer.concat([Buffer.from([0x89, 0x80 | 125, 0, 0, 0, 0]), Buffer.alloc(125)]);
    const pings = Buffer.concat(Array.from({ length: 1_000 }, () => ping));

    for (let i = 0; i < 60; i += 1) {
      if (!socket.write(pings)) await once(socket, "drain");
    }
    await until(() => socket.writableLength === 0);

    const held = near[0]?.writableLength ?? 0;
    assert.equal(held > 32_768 && held < 131_072, true, String(held));
  });
});
