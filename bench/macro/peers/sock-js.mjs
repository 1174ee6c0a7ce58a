/** SockJS on its raw WebSocket: no rooms and no broadcast of its own, so a `write` to each connection of the room. */
import { createServer } from "node:http";
import sockjs from "sockjs";
import { listen } from "./listen.mjs";

const rooms = new Map();
const server = createServer();
const sockets = sockjs.createServer({ prefix: "", log() {} });

sockets.on("connection", (connection) => {
  let room;
  connection.on("data", (data) => {
    const message = JSON.parse(data);
    if (message.type === "join") {
      room = roomNamed(message.room);
      room.connections.add(connection);
      connection.write(JSON.stringify({ type: "joined" }));
    } else if (message.type === "publish") publish(connection, message);
  });
  connection.on("close", () => room?.connections.delete(connection));
});

function roomNamed(name) {
  const found = rooms.get(name) ?? { name, connections: new Set(), seq: 0 };
  rooms.set(name, found);
  return found;
}

function publish(publisher, { id, room: name, content }) {
  const room = roomNamed(name);
  const seq = (room.seq += 1);
  publisher.write(JSON.stringify({ type: "ack", id, seq }));
  const text = JSON.stringify({ type: "message", room: name, seq, content });
  for (const connection of room.connections) connection.write(text);
}

sockets.installHandlers(server);
// The load generator asks for /, and SockJS answers at a path of its own.
server.prependListener("upgrade", (request) => (request.url = "/websocket"));
listen(server);
