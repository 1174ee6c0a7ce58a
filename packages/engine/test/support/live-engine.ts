import { rootContext } from "@barrage/kernel";
import type { Context } from "@barrage/kernel";
import type { Author, Role, ServerFrame } from "@barrage/protocol";
import {
  FakeClock,
  MemoryArchive,
  MemoryAuditLog,
  MemoryLog,
  MemoryRoomStore,
  assertLedger,
} from "@barrage/testkit";
import { MemoryWindow, createMemoryFeed, startEngine } from "@barrage/engine";
import type {
  Connection,
  Engine,
  EngineEvent,
  EnginePorts,
  EngineSettings,
  ProcessMeter,
  PublishOutcome,
  Transport,
} from "@barrage/engine";

const MINUTE = 60_000;

export const settings: EngineSettings = {
  contentMax: 100,
  flush: { minMs: 20, maxMs: 250, cpuShare: 0.6 },
  window: {
    maxItems: 100,
    maxBytes: 1_000_000,
    maxAgeMs: 10 * MINUTE,
    keptItems: 100,
    keptBytes: 100_000,
    snapshotItems: 10,
  },
  outbound: {
    highBytes: 20_000,
    lowBytes: 5_000,
    limitBytes: 60_000,
    graceMs: 5_000,
    processBytes: 10_000_000,
  },
  idleMs: MINUTE,
  heartbeatMs: 20_000,
  viewersEveryMs: 2_000,
  rooms: { autoCreate: true, max: 100, heartbeatTimeoutMs: 30_000 },
  limits: {
    user: { perSecond: 1_000, burst: 1_000 },
    room: { perSecond: 10_000, burst: 10_000 },
    address: { perSecond: 10_000, burst: 10_000 },
    join: { perSecond: 10_000, burst: 50_000 },
  },
  checkpointEveryMs: 5_000,
};

export interface LiveEngine {
  readonly engine: Engine;
  readonly clock: FakeClock;
  readonly ctx: Context;
  readonly ports: EnginePorts;
  readonly events: EngineEvent[];
  /** Every connection that was made, in order. */
  readonly seats: readonly Seat[];
  /** Lets every task run until all wait. */
  settle(ms?: number): Promise<void>;
  /** Ends it, and asserts that its ledger agrees with what the sockets counted. */
  stop(): Promise<void>;
}

/** Ports that outlive an engine, for tests that start a second one on what the first left. */
export function makePorts(clock: FakeClock, bounds: EngineSettings["window"] = settings.window): EnginePorts {
  return {
    log: new MemoryLog(),
    rooms: new MemoryRoomStore(),
    archive: new MemoryArchive(),
    audit: new MemoryAuditLog(),
    window: new MemoryWindow(bounds, clock),
    feed: createMemoryFeed(),
  };
}

/** An engine on a clock that the test moves and on ports in memory. */
export async function liveEngine(
  options: {
    settings?: Partial<EngineSettings>;
    ports?: EnginePorts;
    clock?: FakeClock;
    meter?: ProcessMeter;
  } = {},
): Promise<LiveEngine> {
  const clock = options.clock ?? new FakeClock();
  const ctx = rootContext({ clock, name: "test" });
  const own = { ...settings, ...options.settings };
  const ports = options.ports ?? makePorts(clock, own.window);
  const events: EngineEvent[] = [];
  let ids = 0;
  const engine = await startEngine({
    ports,
    settings: own,
    ctx,
    onEvent: (event) => events.push(event),
    newId: () => `id-${String(++ids)}-${String(ports.log.stats.head)}`,
    random: () => 0.5,
    ...(options.meter === undefined ? {} : { meter: options.meter }),
  });
  const settle = async (ms = 0): Promise<void> => clock.advance(ms);
  const seats = watchSeats(engine);
  const stop = async (): Promise<void> => {
    await engine.stop(ctx);
    for (const { connection } of seats) connection.gone(1006);
    const records = seats.reduce((sum, { socket }) => sum + socket.received, 0);
    assertLedger(engine.gateway.ledger(), { records });
  };
  return { engine, clock, ctx, ports, events, seats, settle, stop };
}

interface Seat {
  readonly connection: Connection;
  readonly socket: FakeSocket;
}

/** Every connection of the engine, whoever makes it. */
function watchSeats({ gateway }: Engine): readonly Seat[] {
  const seats: Seat[] = [];
  const connect = gateway.connect.bind(gateway);
  gateway.connect = (request) => {
    const connection = connect(request);
    const { transport } = request;
    if (transport instanceof FakeSocket) {
      seats.push({ connection, socket: transport });
      transport.onEnd = (code) => connection.gone(code);
    }
    return connection;
  };
  return seats;
}

/** The receiving end of a connection: what a client would have read, and a socket that can be made slow. */
export class FakeSocket implements Transport {
  readonly frames: ServerFrame[] = [];
  closed: { code: number; reason: string } | undefined;
  bufferedBytes = 0;
  /** While true the peer does not read: bytes pile up. */
  stuck = false;
  /** Ended in the middle of what it held. */
  isCut = false;
  /** Hears, as the edge does, that the socket has ended. */
  onEnd: (code: number) => void = () => undefined;
  /** Records that the peer has read; its own count. */
  received = 0;
  private held = 0;
  private listeners: { taken(): void }[] = [];

  write(frame: Uint8Array): boolean {
    if (this.closed !== undefined || this.isCut) return false;
    const content = JSON.parse(payloadOf(frame)) as ServerFrame;
    this.frames.push(content);
    const records = content.type === "batch" || content.type === "snapshot" ? content.items.length : 0;
    if (this.stuck || this.bufferedBytes > 0) {
      this.bufferedBytes += frame.length;
      this.held += records;
    } else this.received += records;
    return true;
  }

  whenTaken(listener: { taken(): void }): void {
    this.listeners.push(listener);
  }

  get isFlushed(): boolean {
    return !this.isCut && this.bufferedBytes === 0;
  }

  /** The peer reads again, everything that waits. */
  read(): void {
    this.stuck = false;
    this.bufferedBytes = 0;
    this.received += this.held;
    this.held = 0;
    for (const listener of this.listeners.splice(0)) listener.taken();
  }

  /** A socket in good order ends after the close, one that is stuck never does by itself. */
  close(code: number, reason: string): void {
    this.closed = { code, reason };
    if (this.bufferedBytes === 0) queueMicrotask(() => this.onEnd(code));
  }

  cut(): void {
    this.isCut = true;
    queueMicrotask(() => this.onEnd(1006));
  }

  of<T extends ServerFrame["type"]>(type: T): Extract<ServerFrame, { type: T }>[] {
    return this.frames.filter((frame): frame is Extract<ServerFrame, { type: T }> => frame.type === type);
  }

  /** Texts of all danmaku received in batches, in order. */
  get texts(): string[] {
    return this.of("batch").flatMap(({ items }) =>
      items.flatMap((item) => (item.kind === "danmaku" ? [item.content] : [])),
    );
  }
}

function payloadOf(frame: Uint8Array): string {
  const short = frame[1] ?? 0;
  const header = short < 126 ? 2 : short === 126 ? 4 : 10;
  return Buffer.from(frame.subarray(header)).toString();
}

export const user = (uid: string, role: Role = "viewer"): Author => ({ uid, name: uid.toUpperCase(), role });

export const caller = (uid: string, role: Role = "viewer") => ({
  principal: user(uid, role),
  address: "192.0.2.1",
});

export const said = (content: string, client_msg_id?: string) => ({
  content,
  mode: "scroll" as const,
  color: 0xffffff,
  size: 25,
  ...(client_msg_id === undefined ? {} : { client_msg_id }),
});

export function join(
  { engine }: LiveEngine,
  room: string,
  options: { uid?: string; since?: number; socket?: FakeSocket } = {},
): { connection: Connection; socket: FakeSocket } {
  const socket = options.socket ?? new FakeSocket();
  const connection = engine.gateway.connect({
    room,
    principal: options.uid === undefined ? null : user(options.uid),
    address: "192.0.2.1",
    transport: socket,
    ...(options.since === undefined ? {} : { since: options.since }),
  });
  return { connection, socket };
}

/** Publishes and lets it arrive; `ms` is how far the clock moves after it. */
export function publish(live: LiveEngine, room: string, content: string, ms = 30): Promise<PublishOutcome> {
  return carry(live, live.engine.publisher.danmaku(caller("u1"), room, said(content), live.ctx), ms);
}

/** Awaits what needs the engine's tasks, and perhaps its clock, to go on. */
export async function carry<T>(live: LiveEngine, work: Promise<T>, ms = 30): Promise<T> {
  const [result] = await Promise.allSettled([work, live.settle(ms)]);
  if (result.status === "rejected") throw result.reason;
  return result.value;
}

/** The code that a refused call carries. */
export const coded = (code: string) => (error: unknown) =>
  typeof error === "object" && error !== null && "code" in error && error.code === code;
