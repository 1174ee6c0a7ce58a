/** ws as its README broadcasts: every message on its own, a `send` to each client of the room. */
import { createServer } from "node:http";
import { WebSocket, WebSocketServer } from "ws";
import { listen } from "./listen.mjs";

const rooms = new Map();
const server = createServer();
const sockets = new WebSocketServer({ server, perMessageDeflate: false });

sockets.on("connection", (client) => {
  let room;
  client.on("message", (data) => {
    const message = JSON.parse(data);
    if (message.type === "join") {
      room = roomNamed(message.room);
      room.clients.add(client);
      client.send(JSON.stringify({ type: "joined" }));
    } else if (message.type === "publish") publish(client, message);
  });
  client.on("close", () => room?.clients.delete(client));
});

function roomNamed(name) {
  const found = rooms.get(name) ?? { name, clients: new Set(), seq: 0 };
  rooms.set(name, found);
  return found;
}

function publish(publisher, { id, room: name, content }) {
  const room = roomNamed(name);
  const seq = (room.seq += 1);
  publisher.send(JSON.stringify({ type: "ack", id, seq }));
  const text = JSON.stringify({ type: "message", room: name, seq, content });
  for (const client of room.clients) if (client.readyState === WebSocket.OPEN) client.send(text);
}

listen(server);
