import type { IncomingMessage, Server } from "node:http";
import type { Duplex } from "node:stream";
import type { Scope } from "@barrage/kernel";
import type { EdgeEngine } from "@barrage/engine";
import { CLIENT_FRAME_MAX_BYTES, protocolError } from "@barrage/protocol";
import { WebSocketServer } from "ws";
import type { WebSocket } from "ws";
import type { Verifier } from "../auth/verifier.ts";
import type { AddressSlots } from "./address-slots.ts";
import { HandshakeTurns } from "./handshake-turns.ts";
import { chooseSubprotocol, refuse } from "./dialect.ts";
import { acceptRoomSocket } from "./room-socket.ts";
import { acceptSubSocket, refuseSubSocket } from "./sub/web-socket.ts";
import { pathOf } from "./ws-request.ts";

export interface GatewayEdgeParts {
  readonly engine: Pick<EdgeEngine, "gateway">;
  readonly verifier: Verifier;
  readonly allowedOrigins: readonly string[];
  readonly slots: AddressSlots;
  readonly contentMax: number;
  /** False: nobody is let in, and each is told to look for a gateway. Absent: true. */
  readonly takesViewers?: boolean;
  /** The client's address, through configured trusted hops only. */
  readonly addressOf: (request: IncomingMessage) => string;
  /** Owns the handshakes that are under way. */
  readonly scope: Scope;
}

/** Frames over the protocol's limit are answered with our own close code; over this `ws` ends them itself with 1009. */
const WS_PAYLOAD_MAX_BYTES = 4 * CLIENT_FRAME_MAX_BYTES;
/** How long, ms, a peer may take to answer a close before its socket is destroyed: a slow reader would never. */
const CLOSE_TIMEOUT = { closeTimeout: 3_000 };

/** A WebSocket whose handshake is done. */
export interface AcceptedSocket {
  readonly ws: WebSocket;
  readonly socket: Duplex;
  readonly request: IncomingMessage;
}

/** How the clients of one path are let in, or sent away in a form that they understand. */
interface Door {
  accept(parts: GatewayEdgeParts, accepted: AcceptedSocket): void;
  refuse(accepted: AcceptedSocket, error: unknown): void;
}

const DOORS: ReadonlyMap<string, Door> = new Map([
  ["/ws", { accept: acceptRoomSocket, refuse: ({ ws }, error) => refuse(ws, error) }],
  ["/sub", { accept: acceptSubSocket, refuse: refuseSubSocket }],
]);

/**
 * The WebSocket edge. Takes over the server's upgrades to the paths above.
 *
 * A refused client is accepted first and then closed with its own code: a browser shows a page nothing of a refused
 * handshake, and its code is what tells the client whether to come back.
 */
export function attachGateway(server: Server, parts: GatewayEdgeParts): Disposable {
  const wss = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    autoPong: false,
    handleProtocols: chooseSubprotocol,
    maxPayload: WS_PAYLOAD_MAX_BYTES,
    // Spread, because the published types do not know this option of ws 8.19 yet.
    ...CLOSE_TIMEOUT,
  });
  const { slots } = parts;
  const turns = new HandshakeTurns(parts.scope);

  const onUpgrade = (request: IncomingMessage, socket: Duplex, head: Buffer): void => {
    const door = DOORS.get(pathOf(request));
    if (door === undefined) {
      // After an upgrade nobody else listens: a peer that resets now would end the process.
      socket.on("error", () => socket.destroy());
      socket.end("HTTP/1.1 404 Not Found\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
      return;
    }
    turns.take(socket, () =>
      wss.handleUpgrade(request, socket, head, (ws) => {
        // Before any wait: a socket that fails meanwhile must find a listener, or it ends the process.
        ws.on("error", terminate);
        const address = parts.addressOf(request);
        const accepted = { ws, socket, request };
        if (parts.takesViewers === false)
          return door.refuse(accepted, protocolError("BARRAGE_NO_VIEWERS_HERE"));
        if (!slots.take(address)) return door.refuse(accepted, protocolError("BARRAGE_TOO_MANY_CONNECTIONS"));
        releaseAtClose(ws, slots, address);
        answerPings(ws, socket);
        door.accept(parts, accepted);
      }),
    );
  };

  server.on("upgrade", onUpgrade);
  return {
    [Symbol.dispose]() {
      server.off("upgrade", onUpgrade);
      wss.close();
    },
  };
}

/** For listeners that outlive the handshake: these, too, are no closures of it. */
function terminate(this: WebSocket): void {
  this.terminate();
}

/** A function of its own: a closure made among the others of an upgrade would keep its request alive as long as the socket. */
function releaseAtClose(ws: WebSocket, slots: AddressSlots, address: string): void {
  ws.once("close", () => slots.release(address));
}

/** Unsent bytes above which a peer's pings find no answer. */
const PONG_BACKLOG_BYTES = 65_536;

/** Answered here and not by `ws`, so that what a peer does not read is bounded. */
function answerPings(ws: WebSocket, socket: Duplex): void {
  ws.on("ping", (data) => {
    if (socket.writableLength < PONG_BACKLOG_BYTES) ws.pong(data);
  });
}
