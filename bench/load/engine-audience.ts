import { fork } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { connect, createServer } from "node:net";
import type { AddressInfo, Socket } from "node:net";
import { MemoryWindow, createMemoryFeed, startEngine } from "@barrage/engine";
import type { Archive, Engine, EngineEvent, EngineSettings, Feed, ProcessMeter } from "@barrage/engine";
import { background } from "@barrage/kernel";
import type { Context } from "@barrage/kernel";
import { resolveConfig } from "@barrage/server";
import { MemoryArchive, MemoryAuditLog, MemoryLog, MemoryRoomStore } from "@barrage/testkit";
import { WebSocket } from "ws";
import { engineSettingsOf } from "../../packages/server/src/config/engine-settings.ts";
import { SocketTransport } from "../../packages/server/src/gateway/socket-transport.ts";
import { NodeMeter } from "../../packages/server/src/telemetry/process-meter.ts";

/** The one room that everybody is in. */
export const ROOM = "bench";
const READ_BYTES = 262_144;
/** Limits far above any rate measured here. */
const UNLIMITED = { perSecond: 1_000_000, burst: 1_000_000 };

/** The reading side: opens as many sockets as it is told and drops what they bring. */
function readForEver(port: number, count: number): void {
  const buffer = Buffer.allocUnsafe(READ_BYTES);
  for (let i = 0; i < count; i += 1) {
    connect({ port, host: "127.0.0.1", onread: { buffer, callback: () => true } });
  }
}

export interface Audience extends Disposable {
  readonly sockets: readonly Socket[];
}

/** `count` accepted sockets whose other ends are in a process of their own. */
export async function audience(count: number): Promise<Audience> {
  const sockets: Socket[] = [];
  const { promise, resolve } = Promise.withResolvers<void>();
  const server = createServer({ noDelay: true }, (socket) => {
    sockets.push(socket);
    if (sockets.length === count) resolve();
  });
  await new Promise<void>((listening) => void server.listen(0, "127.0.0.1", listening));
  const { port } = server.address() as AddressInfo;
  const reader: ChildProcess = fork(import.meta.filename, ["read", String(port), String(count)]);
  await promise;
  return {
    sockets,
    [Symbol.dispose]() {
      for (const socket of sockets) socket.on("error", () => undefined).destroy();
      server.close();
      reader.kill();
    },
  };
}

export interface Bench {
  readonly engine: Engine;
  readonly feed: Feed;
  /** Batches that every viewer was handed. */
  readonly batches: { done: number };
}

export interface MemoryEngineOptions {
  readonly archive: Archive;
  /** As the settings. */
  readonly flush?: Partial<EngineSettings["flush"]>;
  readonly onEvent: (event: EngineEvent) => void;
  readonly newId: () => string;
  /** Absent: flush windows stay at their smallest. */
  readonly meter?: ProcessMeter;
  /** Its clock is the engine's. */
  readonly ctx: Context;
}

/** An engine in this process's memory, whose limits are out of the way; rooms are made on first use. */
export async function memoryEngine({
  archive,
  flush,
  ...rest
}: MemoryEngineOptions): Promise<{ engine: Engine; feed: Feed }> {
  const { config } = resolveConfig({ flags: {} });
  // Nobody here pings.
  const idleMs = 3_600_000;
  const limits = { user: UNLIMITED, room: UNLIMITED, address: UNLIMITED, join: UNLIMITED };
  const settings = {
    ...engineSettingsOf(config),
    idleMs,
    flush: { ...config.engine.flush, ...flush },
    limits,
    rooms: { ...engineSettingsOf(config).rooms, autoCreate: true },
  };
  const feed = createMemoryFeed();
  const engine = await startEngine({
    ports: {
      log: new MemoryLog(),
      rooms: new MemoryRoomStore(),
      archive,
      audit: new MemoryAuditLog(),
      window: new MemoryWindow(settings.window, rest.ctx.clock),
      feed,
    },
    settings,
    random: Math.random,
    ...rest,
  });
  return { engine, feed };
}

/** An engine whose room has these sockets as its viewers; `cpuShare` as the setting. */
export async function engineWith(sockets: readonly Socket[], cpuShare = 0.6): Promise<Bench> {
  const batches = { done: 0 };
  const { engine, feed } = await memoryEngine({
    archive: new MemoryArchive(),
    flush: { cpuShare },
    onEvent: ({ type }) => (batches.done += type === "batch_delivered" ? 1 : 0),
    newId: () => String(Math.random()),
    meter: new NodeMeter(),
    ctx: background,
  });
  // The handshake is not measured; of the WebSocket only its state is asked on the way out.
  const open = { readyState: WebSocket.OPEN } as WebSocket;
  for (const socket of sockets) {
    const transport = new SocketTransport(open, socket);
    engine.gateway.connect({ room: ROOM, principal: null, address: "192.0.2.1", transport });
  }
  return { engine, feed, batches };
}

const [role, port, count] = process.argv.slice(2);
if (import.meta.main && role === "read") readForEver(Number(port), Number(count));
