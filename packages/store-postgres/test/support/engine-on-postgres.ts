import { randomUUID } from "node:crypto";
import { createMemoryFeed, MemoryWindow, startEngine } from "@barrage/engine";
import type { Archive, Engine, EngineEvent, EngineSettings, Transport } from "@barrage/engine";
import { background, systemClock } from "@barrage/kernel";
import type { ServerFrame } from "@barrage/protocol";
import { MemoryAuditLog, MemoryLog, MemoryRoomStore } from "@barrage/testkit";

const PLENTY = { perSecond: 1_000_000, burst: 1_000_000 };

const settings: EngineSettings = {
  contentMax: 100,
  flush: { minMs: 10, maxMs: 250, cpuShare: 0.6 },
  window: {
    maxItems: 10_000,
    maxBytes: 10_000_000,
    maxAgeMs: 600_000,
    keptItems: 100,
    keptBytes: 100_000,
    snapshotItems: 10,
  },
  outbound: {
    highBytes: 2 ** 20,
    lowBytes: 2 ** 18,
    limitBytes: 2 ** 22,
    graceMs: 60_000,
    processBytes: 2 ** 24,
  },
  idleMs: 600_000,
  heartbeatMs: 20_000,
  viewersEveryMs: 2_000,
  rooms: { autoCreate: true, max: 100, heartbeatTimeoutMs: 600_000 },
  limits: { user: PLENTY, room: PLENTY, address: PLENTY, join: PLENTY },
  checkpointEveryMs: 1_000,
};

/** A viewer whose socket takes everything at once; it keeps the seq of each danmaku it got. */
export class Viewer implements Transport {
  readonly seqs: number[] = [];
  readonly bufferedBytes = 0;
  readonly isFlushed = true;
  private waiting: { readonly count: number; readonly resolve: () => void }[] = [];

  write(frame: Uint8Array): boolean {
    const short = frame[1] ?? 0;
    const header = short < 126 ? 2 : short === 126 ? 4 : 10;
    const content = JSON.parse(Buffer.from(frame.subarray(header)).toString()) as ServerFrame;
    if (content.type === "batch" || content.type === "snapshot") {
      for (const item of content.items) if (item.kind === "danmaku") this.seqs.push(item.seq);
    }
    const due = this.waiting.filter(({ count }) => this.seqs.length >= count);
    this.waiting = this.waiting.filter(({ count }) => this.seqs.length < count);
    for (const { resolve } of due) resolve();
    return true;
  }

  /** Resolves when it has got so many danmaku. */
  async got(count: number): Promise<void> {
    if (this.seqs.length >= count) return;
    await new Promise<void>((resolve) => this.waiting.push({ count, resolve }));
  }

  whenTaken(listener: { taken(): void }): void {
    queueMicrotask(() => listener.taken());
  }

  close(): void {
    // The test ends the connection.
  }

  cut(): void {
    // As `close`.
  }
}

export interface EngineOnPostgres extends AsyncDisposable {
  readonly engine: Engine;
  readonly viewer: Viewer;
  /** Resolves when a write to the archive has failed after this call. */
  archiveFails(): Promise<void>;
  /** Publishes one danmaku; its seq once it is acknowledged. */
  publish(content: string): Promise<number>;
}

export const ROOM = "live";

/** The real engine in real time, with its log in memory, and one viewer. */
export async function engineOn(archive: Archive): Promise<EngineOnPostgres> {
  const failing: (() => void)[] = [];
  const onEvent = (event: EngineEvent): void => {
    if (event.type === "archive_failed") for (const resolve of failing.splice(0)) resolve();
  };
  const ports = {
    log: new MemoryLog(),
    rooms: new MemoryRoomStore(),
    archive,
    audit: new MemoryAuditLog(),
    window: new MemoryWindow(settings.window, systemClock),
    feed: createMemoryFeed(),
  };
  const engine = await startEngine({
    ports,
    settings,
    ctx: background,
    onEvent,
    newId: randomUUID,
    random: Math.random,
  });
  const principal = { uid: "u1", name: "U1", role: "viewer" } as const;
  const caller = { principal, address: "192.0.2.1" };
  const viewer = new Viewer();
  // The room exists once somebody has spoken in it; the viewer counts from there on.
  const connection = engine.gateway.connect({
    room: ROOM,
    principal,
    address: "192.0.2.2",
    transport: viewer,
  });
  return {
    engine,
    viewer,
    archiveFails: () => new Promise((resolve) => failing.push(resolve)),
    async publish(content) {
      const body = { content, mode: "scroll", color: 0xffffff, size: 25 } as const;
      const outcome = await engine.publisher.danmaku(caller, ROOM, body, background);
      if (!("seq" in outcome)) throw new Error("it was held");
      return outcome.seq;
    },
    async [Symbol.asyncDispose]() {
      connection.gone(1000);
      await engine.stop(background);
    },
  };
}
