import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { WebSocketServer } from "ws";
import type { WebSocket } from "ws";
import { background, Scope, sleep } from "@barrage/kernel";
import {
  decodeGoimAuth,
  encodeGoimPacket,
  encodeServerFrame,
  GOIM_OPERATION,
  goimCommand,
  GoimPacketCutter,
} from "@barrage/protocol";
import type { Item } from "@barrage/protocol";
import { readMark } from "../../src/index.ts";

/** What happens to one record on its way to one viewer. */
export interface Fate {
  /** 0: lost; 2: doubled. */
  readonly copies: number;
  readonly delayMs: number;
}

export interface Faults {
  fate(viewer: number, seq: number): Fate;
  /** Time in which nothing is taken, answered or delivered. Units: ms since the first publish. */
  readonly stall?: { readonly from: number; readonly to: number };
  readonly ackDelayMs?: number;
}

/** One write to a viewer's socket. */
export interface Written {
  readonly seq: number;
  /** From the moment the record was due to the write, ms. */
  readonly latencyMs: number;
}

const machineNow = (): number => Number(process.hrtime.bigint()) / 1e6;

interface Viewer {
  readonly socket: WebSocket;
  readonly number: number;
  readonly joinedAfter: number;
  readonly written: Written[];
}

type Wire = "barrage" | "barrage.v1" | "goim" | "plain-json" | "socket.io";

const author = { uid: "u", name: "u", role: "viewer" } as const;

const itemOf = (seq: number, content: string): Item => ({
  kind: "danmaku",
  seq,
  n: seq,
  id: String(seq),
  at: 0,
  author,
  content,
  mode: "scroll",
  color: 0xffffff,
  size: 25,
});

const emptySnapshot = (head: number): Uint8Array<ArrayBuffer> =>
  encodeServerFrame({
    type: "snapshot",
    room: { id: "a", title: "", owner: "u", live: true, closed: false, slow_mode_s: 0, head, n: head },
    you: null,
    viewers: 1,
    items: [],
    head,
    resumed: false,
    limits: { content_max: 100, heartbeat_ms: 20_000 },
    ts: 0,
  });

const goimMessage = (json: object): Uint8Array =>
  encodeGoimPacket(GOIM_OPERATION.message, 0, Buffer.from(JSON.stringify(json)));

/** A server of one room that keeps a list of everything it wrote to whom, and spoils what it is told to spoil. */
export class ReferenceServer implements AsyncDisposable {
  readonly viewers: Viewer[] = [];
  readonly ackLatencies: number[] = [];
  /** Where viewers came from. */
  readonly addresses: string[] = [];
  /** Of every publish, in the order they came. */
  readonly contents: string[] = [];
  published = 0;
  #port = 0;
  readonly #wire: Wire;
  readonly #faults: Faults;
  readonly #tasks = new Scope(background, { name: "reference server", onError: "collect" });
  readonly #http = createServer();
  readonly #sockets = new WebSocketServer({ noServer: true });
  #startedAt: number | undefined;

  constructor(wire: Wire, faults: Faults) {
    this.#wire = wire;
    this.#faults = faults;
    this.#http.on("request", (request, response) => {
      const pieces: Buffer[] = [];
      request.on("data", (piece: Buffer) => pieces.push(piece));
      request.on("end", () => {
        const answer = (status: number, body: object): void => {
          const json = JSON.stringify(body);
          response.writeHead(status, { "content-length": Buffer.byteLength(json) }).end(json);
        };
        if (request.url === "/auth/login") return answer(200, { token: "t" });
        const { content } = JSON.parse(Buffer.concat(pieces).toString()) as { content: string };
        this.#take(content, (seq) => answer(202, { id: String(seq), seq }));
      });
    });
    this.#http.on("upgrade", (request, socket, head) => {
      this.addresses.push(request.socket.remoteAddress ?? "");
      this.#sockets.handleUpgrade(request, socket, head, (ws) => this.#greet(ws));
    });
  }

  async listen(): Promise<this> {
    await new Promise<void>((resolve) => void this.#http.listen(0, "127.0.0.1", resolve));
    this.#port = (this.#http.address() as AddressInfo).port;
    return this;
  }

  get port(): number {
    return this.#port;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#tasks[Symbol.asyncDispose]();
    for (const client of this.#sockets.clients) client.terminate();
    this.#http.closeAllConnections();
    await new Promise((resolve) => void this.#http.close(resolve));
  }

  #greet(socket: WebSocket): void {
    if (this.#wire === "barrage") {
      socket.send(JSON.stringify({ type: "snapshot", items: [], head: this.published, resumed: false }));
      return this.#seat(socket);
    }
    if (this.#wire === "barrage.v1") {
      socket.send(emptySnapshot(this.published));
      return this.#seat(socket);
    }
    if (this.#wire === "goim")
      return void socket.on("message", (data: Buffer) => this.#hearGoim(socket, data));
    socket.on("message", (data: Buffer) => this.#hear(socket, data.toString()));
    if (this.#wire === "socket.io") socket.send('0{"sid":"x","upgrades":[],"pingInterval":25000}');
  }

  #hear(socket: WebSocket, text: string): void {
    if (this.#wire === "plain-json") {
      const { type, id, content } = JSON.parse(text) as { type: string; id: number; content: string };
      if (type === "publish")
        return this.#take(content, (seq) => socket.send(JSON.stringify({ type: "ack", id, seq })));
      socket.send('{"type":"joined"}');
      return this.#seat(socket);
    }
    if (text === "40") return socket.send('40{"sid":"y"}');
    const [, id = "", json = ""] = /^42(\d+)(.*)$/s.exec(text) ?? [];
    const [event, body] = JSON.parse(json) as [string, { content: string }];
    if (event === "publish") return this.#take(body.content, (seq) => socket.send(`43${id}[{"seq":${seq}}]`));
    socket.send(`43${id}[]`);
    this.#seat(socket);
  }

  #hearGoim(socket: WebSocket, data: Uint8Array): void {
    for (const { operation, body } of new GoimPacketCutter(1_000).push(data)) {
      if (operation !== GOIM_OPERATION.auth) continue;
      decodeGoimAuth(body);
      socket.send(encodeGoimPacket(GOIM_OPERATION.authReply, 1, Buffer.from('{"code":0}')));
      this.#seat(socket);
    }
  }

  #seat(socket: WebSocket): void {
    this.viewers.push({ socket, number: this.viewers.length, joinedAfter: this.published, written: [] });
  }

  #take(content: string, ack: (seq: number) => void): void {
    const now = machineNow();
    this.#startedAt ??= now;
    this.contents.push(content);
    const { stall, ackDelayMs = 0 } = this.#faults;
    const since = now - this.#startedAt;
    const held = stall !== undefined && since >= stall.from && since < stall.to ? stall.to - since : 0;
    const seq = (this.published += 1);
    this.#later(held + ackDelayMs, () => {
      this.ackLatencies.push(machineNow() - readMark(content)!.dueAt);
      ack(seq);
    });
    for (const viewer of this.viewers) {
      const { copies, delayMs } = this.#faults.fate(viewer.number, seq);
      for (let copy = 0; copy < copies; copy += 1)
        this.#later(held + delayMs + copy, () => this.#write(viewer, seq, content));
    }
  }

  #write(viewer: Viewer, seq: number, content: string): void {
    viewer.written.push({ seq, latencyMs: machineNow() - readMark(content)!.dueAt });
    viewer.socket.send(this.#frame(seq, content));
  }

  #frame(seq: number, content: string): string | Uint8Array {
    if (this.#wire === "plain-json") return JSON.stringify({ type: "message", room: "a", seq, content });
    if (this.#wire === "socket.io") return `42${JSON.stringify(["message", { room: "a", seq, content }])}`;
    if (this.#wire === "goim") return goimMessage(goimCommand(itemOf(seq, content), "a"));
    const batch = { type: "batch", room_id: "a", prev: seq - 1, seq, count: 1 } as const;
    if (this.#wire === "barrage.v1") return encodeServerFrame({ ...batch, items: [itemOf(seq, content)] });
    const items = [{ seq, kind: "danmaku", content }];
    return JSON.stringify({ ...batch, items });
  }

  #later(ms: number, what: () => void): void {
    void this.#tasks.spawn(async (ctx) => {
      if (ms > 0) await sleep(ms, ctx);
      what();
    });
  }
}

/** What a list of writes means for its viewer, found by the plainest of ways. */
export function listed(server: ReferenceServer) {
  let [lost, doubles, disordered] = [0, 0, 0];
  const latencies: number[] = [];
  for (const { written } of server.viewers) {
    const seen = new Set<number>();
    let furthest = 0;
    for (const { seq, latencyMs } of written) {
      if (seen.has(seq)) doubles += 1;
      else {
        latencies.push(latencyMs);
        if (seq < furthest) disordered += 1;
      }
      seen.add(seq);
      furthest = Math.max(furthest, seq);
    }
    lost += server.published - seen.size;
  }
  return { lost, doubles, disordered, latencies: latencies.toSorted((a, b) => a - b) };
}

export const percentileOf = (sorted: readonly number[], percent: number): number =>
  sorted[Math.max(0, Math.ceil((percent / 100) * sorted.length) - 1)] ?? 0;
