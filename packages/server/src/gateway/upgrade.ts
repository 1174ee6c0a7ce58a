import type { IncomingMessage, Server } from "node:http";
import type { Duplex } from "node:stream";
import type { Context, Scope } from "@barrage/kernel";
import type { Connection, Engine } from "@barrage/engine";
import {
  CLIENT_FRAME_MAX_BYTES,
  CLOSE,
  asProtocolError,
  decodeClientFrame,
  protocolError,
  toPublicError,
} from "@barrage/protocol";
import { WebSocketServer } from "ws";
import type { RawData, WebSocket } from "ws";
import type { Verified, Verifier } from "../auth/verifier.ts";
import { AddressSlots } from "./address-slots.ts";
import { isOriginAllowed } from "./origin.ts";
import { SocketTransport } from "./socket-transport.ts";
import { isRoomSocket, parseWsRequest } from "./ws-request.ts";

export interface GatewayEdgeParts {
  readonly engine: Engine;
  readonly verifier: Verifier;
  readonly allowedOrigins: readonly string[];
  readonly connectionsPerAddress: number;
  readonly contentMax: number;
  /** The client's address, through configured trusted hops only. */
  readonly addressOf: (request: IncomingMessage) => string;
  /** Owns the handshakes that are under way. */
  readonly scope: Scope;
}

/** Frames over the protocol's limit are answered with our own close code; over this `ws` ends them itself with 1009. */
const WS_PAYLOAD_MAX_BYTES = 4 * CLIENT_FRAME_MAX_BYTES;
/** How long, ms, a peer may take to answer a close before its socket is destroyed: a slow reader would never. */
const CLOSE_TIMEOUT = { closeTimeout: 3_000 };

/**
 * The WebSocket edge. Takes over the server's upgrades to `/ws`.
 *
 * A refused client is accepted first and then closed with its own code: a browser shows a page nothing of a refused
 * handshake, and its code is what tells the client whether to come back.
 */
export function attachGateway(server: Server, parts: GatewayEdgeParts): Disposable {
  const wss = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    // Answered here, where what a peer does not read is bounded.
    autoPong: false,
    maxPayload: WS_PAYLOAD_MAX_BYTES,
    // Spread, because the published types do not know this option of ws 8.19 yet.
    ...CLOSE_TIMEOUT,
  });
  const slots = new AddressSlots(parts.connectionsPerAddress);

  const onUpgrade = (request: IncomingMessage, socket: Duplex, head: Buffer): void => {
    if (!isRoomSocket(request)) {
      // After an upgrade nobody else listens: a peer that resets now would end the process.
      socket.on("error", () => socket.destroy());
      socket.end("HTTP/1.1 404 Not Found\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
      return;
    }
    wss.handleUpgrade(request, socket, head, (ws) => {
      // Before any wait: a socket that fails meanwhile must find a listener, or it ends the process.
      ws.on("error", () => ws.terminate());
      const address = parts.addressOf(request);
      if (!slots.take(address)) return refuse(ws, protocolError("BARRAGE_TOO_MANY_CONNECTIONS"));
      releaseAtClose(ws, slots, address);
      // Nothing is read until the room is joined, so a frame sent early cannot be lost.
      ws.pause();
      parts.scope.spawn((ctx) => admit(ws, socket, request, ctx), { name: "ws admit" });
    });
  };

  const admit = async (
    ws: WebSocket,
    socket: Duplex,
    request: IncomingMessage,
    ctx: Context,
  ): Promise<void> => {
    try {
      if (!isOriginAllowed(request, parts.allowedOrigins)) throw protocolError("BARRAGE_ORIGIN_REFUSED");
      const { room, token, since } = parseWsRequest(request);
      const verified = token === undefined ? null : await parts.verifier.verify(token);
      ctx.throwIfCancelled();
      if (ws.readyState !== ws.OPEN) return;
      const connection = parts.engine.gateway.connect({
        room,
        principal: verified?.principal ?? null,
        address: parts.addressOf(request),
        transport: new SocketTransport(ws, socket),
        ...(since === undefined ? {} : { since }),
        ...expiry(verified),
      });
      serve(ws, socket, connection, parts.contentMax);
    } catch (error) {
      refuse(ws, error);
    } finally {
      ws.resume();
    }
  };

  server.on("upgrade", onUpgrade);
  return {
    [Symbol.dispose]() {
      server.off("upgrade", onUpgrade);
      wss.close();
    },
  };
}

const expiry = (verified: Verified | null): { expiresAt?: number } =>
  verified === null ? {} : { expiresAt: verified.expiresAt };

/** Listeners end with the socket that they are on. */
function serve(ws: WebSocket, socket: Duplex, connection: Connection, contentMax: number): void {
  ws.on("message", (data, isBinary) => {
    try {
      connection.receive(decodeClientFrame(textOf(data, isBinary), contentMax));
    } catch (error) {
      connection.fail(error);
    }
  });
  ws.on("ping", (data) => {
    if (socket.writableLength < PONG_BACKLOG_BYTES) ws.pong(data);
  });
  ws.once("close", (code) => connection.gone(code));
  socket.on("drain", () => connection.drained());
}

/** A function of its own: a closure made among the others of an upgrade would keep its request alive as long as the socket. */
function releaseAtClose(ws: WebSocket, slots: AddressSlots, address: string): void {
  ws.once("close", () => slots.release(address));
}

/** Unsent bytes above which a peer's pings find no answer. */
const PONG_BACKLOG_BYTES = 65_536;

function textOf(data: RawData, isBinary: boolean): string {
  // `ws` gives Buffers unless told otherwise.
  if (isBinary || !Buffer.isBuffer(data))
    throw protocolError("BARRAGE_BAD_FRAME", { detail: "it is binary" });
  if (data.length > CLIENT_FRAME_MAX_BYTES) {
    throw protocolError("BARRAGE_FRAME_TOO_LARGE", { limit: CLIENT_FRAME_MAX_BYTES });
  }
  return data.toString();
}

function refuse(ws: WebSocket, error: unknown): void {
  const known = asProtocolError(error);
  if (ws.readyState !== ws.OPEN) return;
  ws.send(JSON.stringify({ type: "error", ...toPublicError(known) }));
  ws.close(known.spec.close ?? CLOSE.TRY_AGAIN.code, known.code);
}
