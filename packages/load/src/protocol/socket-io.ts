import { messageAdapter } from "./message-socket.ts";
import type { ServerMessage } from "./message-socket.ts";

/** Acknowledgement ids below this belong to publishes; the join's own is this one. */
const JOIN_ACK = 2 ** 31;

/**
 * Socket.IO rooms (protocol 5 over engine.io 4, WebSocket transport only). Events are the application's, so the server
 * under test must have these: `join` (room, ack) and `publish` ({room, content}, ack with {seq?} or {code}), and it
 * emits `message` ({room, seq?, content}) to the room.
 */
export const socketIo = messageAdapter({
  name: "socket.io",
  path: "/socket.io/?EIO=4&transport=websocket",
  greets: true,
  heartbeat: undefined,
  join: (room) => `42${JOIN_ACK}${JSON.stringify(["join", room])}`,
  publish: (id, room, content) => `42${id}${JSON.stringify(["publish", { room, content }])}`,
  decode,
});

/** engine.io: 0 open, 2 ping, 3 pong, 4 message; socket.io inside a message: 0 connect, 2 event, 3 acknowledgement. */
function decode(text: string): ServerMessage {
  if (text === "2") return { type: "ping", reply: "3" };
  if (text.startsWith("0")) return { type: "ready", reply: "40" };
  if (text.startsWith("40")) return { type: "ready" };
  const [, kind, id, json] = /^4([23])(\d*)(\[.*\])$/s.exec(text) ?? [];
  const values = json === undefined ? undefined : arrayOf(json);
  if (values === undefined) return { type: "unknown" };
  if (kind === "3") return acknowledgement(Number(id), values[0]);
  const [event, body] = values;
  return event === "message" ? { type: "message", ...messageOf(body) } : { type: "unknown" };
}

function acknowledgement(id: number, body: unknown): ServerMessage {
  if (id === JOIN_ACK) return { type: "joined" };
  const { seq, code } = (body ?? {}) as { readonly seq?: unknown; readonly code?: unknown };
  if (typeof code === "string") return { type: "refused", id, code };
  return { type: "ack", id, seq: typeof seq === "number" ? seq : undefined };
}

function messageOf(body: unknown): { seq: number | undefined; content: string } {
  const { seq, content } = (body ?? {}) as { readonly seq?: unknown; readonly content?: unknown };
  return {
    seq: typeof seq === "number" ? seq : undefined,
    content: typeof content === "string" ? content : "",
  };
}

function arrayOf(json: string): readonly unknown[] | undefined {
  try {
    const value: unknown = JSON.parse(json);
    return Array.isArray(value) ? value : undefined;
  } catch {
    // Not JSON: the caller counts it as an unknown frame.
    return undefined;
  }
}
