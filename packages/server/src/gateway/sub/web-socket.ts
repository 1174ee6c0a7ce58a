import { protocolError } from "@barrage/protocol";
import { isOriginAllowed } from "../origin.ts";
import { SocketTransport } from "../socket-transport.ts";
import type { AcceptedSocket, GatewayEdgeParts } from "../upgrade.ts";
import { refuseSub, SubSession } from "./session.ts";

/** Ends a socket before anything was read from it. */
export function refuseSubSocket({ ws, socket }: AcceptedSocket, error: unknown): void {
  refuseSub({ carrier: "ws", transport: new SocketTransport(ws, socket) }, error);
}

/** Clients of `/sub`: each WebSocket message holds one or more whole packets. */
export function acceptSubSocket(parts: GatewayEdgeParts, { ws, socket, request }: AcceptedSocket): void {
  const transport = new SocketTransport(ws, socket);
  const link = { carrier: "ws", transport, address: parts.addressOf(request) } as const;
  if (!isOriginAllowed(request, parts.allowedOrigins)) {
    return refuseSub(link, protocolError("BARRAGE_ORIGIN_REFUSED"));
  }
  const session = new SubSession(parts, link);
  ws.on("message", (data, isBinary) => {
    if (Buffer.isBuffer(data) && isBinary) session.receiveWhole(data);
    else session.fail(protocolError("BARRAGE_BAD_FRAME", { detail: "it is text" }));
  });
  ws.on("ping", () => session.noticed());
  ws.on("pong", () => session.noticed());
  ws.once("close", (code) => session.gone(code));
  socket.on("drain", () => session.drained());
}
