import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import type { Connection } from "@barrage/engine";
import type { Context } from "@barrage/kernel";
import { protocolError } from "@barrage/protocol";
import type { WebSocket } from "ws";
import type { Verified } from "../auth/verifier.ts";
import { dialectOf, refuse } from "./dialect.ts";
import { isOriginAllowed } from "./origin.ts";
import { SocketTransport } from "./socket-transport.ts";
import type { AcceptedSocket, GatewayEdgeParts } from "./upgrade.ts";
import { parseWsRequest } from "./ws-request.ts";

/** Clients of `/ws`: who they are stands in the request, so that nothing has to be read first. */
export function acceptRoomSocket(parts: GatewayEdgeParts, { ws, socket, request }: AcceptedSocket): void {
  // Nothing is read until the room is joined, so a frame sent early cannot be lost.
  ws.pause();
  parts.scope.spawn((ctx) => admit(parts, { ws, socket, request }, ctx), { name: "ws admit" });
}

async function admit(
  parts: GatewayEdgeParts,
  { ws, socket, request }: AcceptedSocket,
  ctx: Context,
): Promise<void> {
  try {
    checkOrigin(request, parts);
    const { room, token, since } = parseWsRequest(request);
    const verified = token === undefined ? null : await parts.verifier.verify(token);
    ctx.throwIfCancelled();
    if (ws.readyState !== ws.OPEN) return;
    const connection = parts.engine.gateway.connect({
      room,
      principal: verified?.principal ?? null,
      address: parts.addressOf(request),
      transport: new SocketTransport(ws, socket),
      encoding: dialectOf(ws).encoding,
      ...(since === undefined ? {} : { since }),
      ...expiry(verified),
    });
    serve(ws, socket, connection, parts.contentMax);
  } catch (error) {
    refuse(ws, error);
  } finally {
    ws.resume();
  }
}

function checkOrigin(request: IncomingMessage, { allowedOrigins }: GatewayEdgeParts): void {
  if (!isOriginAllowed(request, allowedOrigins)) throw protocolError("BARRAGE_ORIGIN_REFUSED");
}

const expiry = (verified: Verified | null): { expiresAt?: number } =>
  verified === null ? {} : { expiresAt: verified.expiresAt };

/** Listeners end with the socket that they are on. */
function serve(ws: WebSocket, socket: Duplex, connection: Connection, contentMax: number): void {
  const dialect = dialectOf(ws);
  ws.on("message", (data, isBinary) => {
    try {
      connection.receive(dialect.read(data, isBinary, contentMax));
    } catch (error) {
      connection.fail(error);
    }
  });
  ws.on("ping", () => connection.noticed());
  ws.on("pong", () => connection.noticed());
  ws.once("close", (code) => connection.gone(code));
  socket.on("drain", () => connection.drained());
}
