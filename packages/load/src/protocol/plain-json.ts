import { messageAdapter } from "./message-socket.ts";
import type { ServerMessage } from "./message-socket.ts";
import { parseObject } from "./parse-object.ts";

/**
 * A plain JSON WebSocket at `/`, one message a frame. The client says
 * `{"type":"join","room"}` and `{"type":"publish","id","room","content"}`; the server answers `{"type":"joined"}` and
 * `{"type":"ack","id","seq"?}` or `{"type":"error","id","code"}`, and sends `{"type":"message","room","seq"?,"content"}`.
 */
export const plainJson = messageAdapter({
  name: "plain-json",
  path: "/",
  greets: false,
  heartbeat: undefined,
  join: (room) => JSON.stringify({ type: "join", room }),
  publish: (id, room, content) => JSON.stringify({ type: "publish", id, room, content }),
  decode,
});

function decode(text: string): ServerMessage {
  const message = parseObject(text);
  const seq = typeof message?.["seq"] === "number" ? message["seq"] : undefined;
  switch (message?.["type"]) {
    case "message":
      return { type: "message", seq, content: String(message["content"]) };
    case "ack":
      return { type: "ack", id: Number(message["id"]), seq };
    case "error":
      return { type: "refused", id: Number(message["id"]), code: String(message["code"]) };
    case "joined":
      return { type: "joined" };
    default:
      return { type: "unknown" };
  }
}
