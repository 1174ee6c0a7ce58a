/**
 * What the load generator's own viewer costs: resident memory of an idle connection, processor time of a frame. Each
 * viewer is a whole one, as in a run: WebSocket, frame cutter, stream checks, ledger. The server is another process.
 *
 * node bench/micro/load-client.ts [connections] [frames]
 */
import { fork } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import type { AddressInfo, Socket } from "node:net";
import { fileURLToPath } from "node:url";
import { marked, protocolNamed, RoomLedger, ViewerStream } from "@barrage/load";
import type { ViewerConnection } from "@barrage/load";
import { table } from "../load/table.ts";

const RUN = "bench";
const HOST = "127.0.0.1";
const CONNECTIONS = 5_000;
const FRAMES = 60;
/** Danmaku in each batch. */
const BATCHES = [1, 25] as const;
/** A local address has 28,000 ports, and so many connections at once are let in by any backlog. */
const AT_ONCE = 64;

type Order = { readonly frames: number; readonly batch: number };

const frameOf = (text: string): Buffer => {
  const payload = Buffer.from(text);
  const { length } = payload;
  const head =
    length < 126 ? Buffer.from([0x81, length]) : Buffer.from([0x81, 126, length >> 8, length & 255]);
  return Buffer.concat([head, payload]);
};

/** Sends the same frames to everybody, as a server does that frames a batch once. */
async function serve(): Promise<void> {
  const sockets: Socket[] = [];
  const hello = frameOf(JSON.stringify({ type: "snapshot", items: [], head: 0, resumed: false }));
  const server = createServer((socket) => {
    sockets.push(socket);
    socket.on("error", () => socket.destroy());
    socket.once("data", () => {
      socket.write("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n");
      socket.write(hello);
      socket.resume();
    });
  });
  server.listen(0, HOST, 4_096);
  await once(server, "listening");
  let seq = 0;
  process.on("message", ({ frames, batch }: Order) => {
    let left = frames;
    const next = (): void => {
      const prev = seq;
      const items = Array.from({ length: batch }, () => {
        seq += 1;
        return { seq, kind: "danmaku", content: marked({ run: RUN, key: seq, dueAt: 0 }, "弹幕弹幕弹幕") };
      });
      const frame = frameOf(JSON.stringify({ type: "batch", room_id: "a", prev, seq, count: batch, items }));
      for (const socket of sockets) socket.write(frame);
      left -= 1;
      if (left > 0) setImmediate(next);
    };
    next();
  });
  process.on("disconnect", () => process.exit());
  process.send?.((server.address() as AddressInfo).port);
}

const rss = (): number => {
  globalThis.gc?.();
  return process.memoryUsage.rss();
};

async function measure(connections: number, frames: number): Promise<void> {
  const self = fileURLToPath(import.meta.url);
  const server = fork(self, ["--serve"]);
  const [port] = (await once(server, "message")) as [number];
  const adapter = protocolNamed("barrage");
  const ledger = new RoomLedger("a", RUN);
  let received = 0;
  let arrived = Promise.withResolvers<void>();
  let awaited = Infinity;
  const counts = {
    delivered() {
      counts.deliveredTogether(0, [0]);
    },
    deliveredTogether(_: number, dueTimes: readonly number[]) {
      received += dueTimes.length;
      if (received === awaited) arrived.resolve();
    },
    deliveredLate() {},
    caughtUp() {},
    fault: (name: string) => arrived.reject(new Error(name)),
    sampled() {},
    closed: (code: number) => arrived.reject(new Error(`closed with ${code}`)),
  };
  const now = (): number => performance.now();
  const before = rss();
  const views: ViewerConnection[] = [];
  const startedAt = performance.now();
  for (let index = 0; index < connections; index += AT_ONCE) {
    const some = Array.from({ length: Math.min(AT_ONCE, connections - index) }, () => {
      const joined = Promise.withResolvers<void>();
      const stream = new ViewerStream({ ledger, counts, sample: () => false, machineOffsetMs: 0 });
      const join = stream.joined.bind(stream);
      stream.joined = (...all) => {
        join(...all);
        joined.resolve();
      };
      views.push(adapter.view({ host: HOST, port }, { room: "a", since: undefined, now }, stream));
      return joined.promise;
    });
    await Promise.all(some);
  }
  const perSecond = Math.round((connections / (performance.now() - startedAt)) * 1_000);
  const idle = (rss() - before) / connections;
  console.log(
    `${connections} connections, ${perSecond}/s to open; ${(idle / 1_024).toFixed(1)} KiB resident each`,
  );
  const rows = [];
  for (const batch of BATCHES) {
    arrived = Promise.withResolvers();
    awaited = received + connections * frames * batch;
    const [cpu, wall] = [process.cpuUsage(), performance.now()];
    server.send({ frames, batch } satisfies Order);
    await arrived.promise;
    const { user, system } = process.cpuUsage(cpu);
    const seconds = (performance.now() - wall) / 1_000;
    const perFrame = ((user + system) * 1_000) / (connections * frames);
    rows.push([
      batch,
      Math.round(perFrame),
      Math.round(perFrame / batch),
      `${Math.round((user / (user + system)) * 100)} %`,
      Math.round((connections * frames) / seconds),
    ]);
  }
  console.log(table(["danmaku a frame", "ns a frame", "ns a danmaku", "not kernel", "frames/s"], rows));
  for (const view of views) view.close();
  server.disconnect();
}

const [first, second] = process.argv.slice(2);
if (first === "--serve") await serve();
else await measure(Number(first ?? CONNECTIONS), Number(second ?? FRAMES));
