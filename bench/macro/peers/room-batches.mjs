import { randomUUID } from "node:crypto";

/** Length of a batching window, ms. */
const WINDOW_MS = Number(process.env["WINDOW_MS"] ?? 25);

/** A ready WebSocket text frame of a server: not masked, not fragmented. */
export function frameOf(text) {
  const length = Buffer.byteLength(text);
  const head = length < 126 ? 2 : length < 65_536 ? 4 : 10;
  const frame = Buffer.allocUnsafe(head + length);
  frame[0] = 0x81;
  frame[1] = length < 126 ? length : length < 65_536 ? 126 : 127;
  if (head === 4) frame.writeUInt16BE(length, 2);
  else if (head === 10) frame.writeBigUInt64BE(BigInt(length), 2);
  frame.write(text, head);
  return frame;
}

/**
 * Rooms in memory that turn danmaku into batches, in Barrage's own frames: a quiet room at once, a busy one each window.
 * `write(socket, frame)` is what a server does for each viewer.
 */
export class Rooms {
  #rooms = new Map();
  #write;

  constructor(write) {
    this.#write = write;
  }

  #room(name) {
    const found = this.#rooms.get(name) ?? {
      name,
      sockets: new Set(),
      seq: 0,
      items: [],
      sentAt: 0,
      timer: undefined,
    };
    this.#rooms.set(name, found);
    return found;
  }

  /** Lets a viewer in; the function it returns takes it out again. */
  join(name, socket) {
    const room = this.#room(name);
    this.#flush(room);
    room.sockets.add(socket);
    this.#write(socket, frameOf(JSON.stringify({ type: "snapshot", items: [], head: room.seq })));
    return () => room.sockets.delete(socket);
  }

  /** Takes a danmaku; its place. */
  publish(name, uid, content) {
    const room = this.#room(name);
    const seq = (room.seq += 1);
    const now = Date.now();
    const author = { uid, name: uid, role: "viewer" };
    const look = { mode: "scroll", color: 16_777_215, size: 25 };
    room.items.push({ kind: "danmaku", id: randomUUID(), at: now, author, content, ...look, seq, n: seq });
    const wait = room.sentAt + WINDOW_MS - now;
    if (wait <= 0) this.#flush(room);
    else room.timer ??= setTimeout(() => this.#flush(room), wait);
    return seq;
  }

  #flush(room) {
    clearTimeout(room.timer);
    room.timer = undefined;
    if (room.items.length === 0) return;
    const { name, items, sockets } = room;
    const { seq } = items.at(-1);
    const head = { type: "batch", room_id: name, prev: items[0].seq - 1, seq, count: items.length };
    const frame = frameOf(JSON.stringify({ ...head, items }));
    room.items = [];
    room.sentAt = Date.now();
    for (const socket of sockets) this.#write(socket, frame);
  }
}

/** Takes what a viewer with that token says in a room; the frame that answers it, where one does. */
export function hear(rooms, room, token, text) {
  const said = JSON.parse(text);
  if (said.type !== "danmu") return undefined;
  const seq = rooms.publish(room, token, said.content);
  return frameOf(JSON.stringify({ type: "ack", client_msg_id: said.client_msg_id, seq }));
}

/** Answers the two requests of Barrage's interface that a load needs; true when it was one of them. */
export function answer(rooms, path, token, body) {
  if (path === "/auth/login") return { status: "200 OK", json: { token: body.uid } };
  if (path !== "/api/v1/danmu") return { status: "404 Not Found", json: {} };
  const seq = rooms.publish(body.room_id, token, body.content);
  return { status: "202 Accepted", json: { seq } };
}
