/** Socket.IO as its documentation broadcasts: rooms, and one `emit` to the room for every message. */
import { createServer } from "node:http";
import { Server } from "socket.io";
import { listen } from "./listen.mjs";

const server = createServer();
const io = new Server(server, { transports: ["websocket"] });
const seqs = new Map();

io.on("connection", (socket) => {
  socket.on("join", (room, ack) => {
    void socket.join(room);
    ack({});
  });
  socket.on("publish", ({ room, content }, ack) => {
    const seq = (seqs.get(room) ?? 0) + 1;
    seqs.set(room, seq);
    ack({ seq });
    io.to(room).emit("message", { room, seq, content });
  });
});

listen(server);
