/** ws with what a careful team adds: a batch each window, framed once, one write of the same bytes to each socket. */
import { createServer } from "node:http";
import { WebSocketServer } from "ws";
import { listen } from "./listen.mjs";
import { answer, hear, Rooms } from "./room-batches.mjs";

const rooms = new Rooms((socket, frame) => socket.write(frame));

const server = createServer((request, response) => {
  const pieces = [];
  request.on("data", (piece) => pieces.push(piece));
  request.on("end", () => {
    const token = request.headers.authorization?.slice("Bearer ".length) ?? "";
    const { status, json } = answer(rooms, request.url, token, JSON.parse(Buffer.concat(pieces).toString()));
    const text = JSON.stringify(json);
    const [code, reason] = [Number(status.slice(0, 3)), status.slice(4)];
    response
      .writeHead(code, reason, { "Content-Type": "application/json", "Content-Length": text.length })
      .end(text);
  });
});

const sockets = new WebSocketServer({ noServer: true, perMessageDeflate: false });
server.on("upgrade", (request, socket, head) => {
  sockets.handleUpgrade(request, socket, head, (client) => {
    const { searchParams } = new URL(request.url, "http://peer");
    const [room, token] = [searchParams.get("room_id"), searchParams.get("token")];
    const leave = rooms.join(room, socket);
    // ws would hand a text over in pieces only where it is told to.
    client.on("message", (/** @type {Buffer} */ data) => {
      const reply = hear(rooms, room, token, data.toString());
      if (reply !== undefined) socket.write(reply);
    });
    client.on("error", () => {});
    client.on("close", leave);
  });
});

listen(server);
