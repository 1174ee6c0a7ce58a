/**
 * The least that any server on Node can do: bare sockets, a handshake and requests cut by hand, a loop that writes a ready
 * frame to each socket. No limits, no checks: a floor to measure from, not a server.
 */
import { createHash } from "node:crypto";
import { createServer } from "node:net";
import { ClientFrames } from "./client-frames.mjs";
import { listen } from "./listen.mjs";
import { answer, hear, Rooms } from "./room-batches.mjs";

const GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
const END_OF_HEAD = "\r\n\r\n";
const rooms = new Rooms((socket, frame) => socket.write(frame));

const server = createServer({ noDelay: true }, (socket) => {
  let received = "";
  let viewer;
  socket.on("error", () => socket.destroy());
  socket.on("close", () => viewer?.leave());
  socket.on("data", (bytes) => {
    if (viewer !== undefined) return viewer.says(bytes);
    received += bytes.toString("latin1");
    for (;;) {
      const end = received.indexOf(END_OF_HEAD);
      if (end < 0) return;
      const head = received.slice(0, end);
      const key = /\r\nsec-websocket-key: (\S+)/i.exec(head)?.[1];
      if (key !== undefined) {
        viewer = upgrade(socket, head, key);
        return;
      }
      const bodyAt = end + END_OF_HEAD.length;
      const bodyEnd = bodyAt + Number(/\r\ncontent-length: (\d+)/i.exec(head)?.[1] ?? 0);
      if (received.length < bodyEnd) return;
      reply(socket, head, Buffer.from(received.slice(bodyAt, bodyEnd), "latin1").toString());
      received = received.slice(bodyEnd);
    }
  });
});

function upgrade(socket, head, key) {
  const accept = createHash("sha1").update(`${key}${GUID}`).digest("base64");
  socket.write(
    `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}${END_OF_HEAD}`,
  );
  const valueOf = (name) => decodeURIComponent(new RegExp(`[?&]${name}=([^& ]+)`).exec(head)?.[1] ?? "");
  const [room, token] = [valueOf("room_id"), valueOf("token")];
  const frames = new ClientFrames();
  return {
    leave: rooms.join(room, socket),
    says(bytes) {
      frames.push(bytes, (text) => {
        const reply = hear(rooms, room, token, text);
        if (reply !== undefined) socket.write(reply);
      });
    },
  };
}

function reply(socket, head, body) {
  const [, path] = head.split(" ", 2);
  const token = /\r\nauthorization: bearer (\S+)/i.exec(head)?.[1] ?? "";
  const { status, json } = answer(rooms, path, token, JSON.parse(body));
  const text = JSON.stringify(json);
  socket.write(`HTTP/1.1 ${status}\r\nContent-Length: ${text.length}${END_OF_HEAD}${text}`);
}

listen(server);
