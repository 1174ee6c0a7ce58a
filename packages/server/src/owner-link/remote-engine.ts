import { startGatewayHalf } from "@barrage/engine";
import type {
  AppendRequest,
  Caller,
  EdgeEngine,
  EngineEvent,
  EngineSettings,
  EngineTotals,
  LocalGateway,
  LogStats,
  ProcessMeter,
  Publisher,
  RoomCommands,
  RoomDirectory,
  Tracing,
} from "@barrage/engine";
import { Scope, Ticker } from "@barrage/kernel";
import type { Context } from "@barrage/kernel";
import { CLOSE, protocolError } from "@barrage/protocol";
import { remote } from "./calls.ts";
import type { OwnerStatus, RoomCount, WorkerLoad, WorkerName } from "./frames.ts";
import { OwnerLink } from "./owner-link.ts";
import { RemoteRooms } from "./remote-rooms.ts";
import { RemoteSource } from "./remote-source.ts";
import { WorkerMeter } from "./worker-meter.ts";

export interface RemoteEngineOptions {
  readonly socketPath: string;
  readonly worker: WorkerName;
  readonly settings: EngineSettings;
  /** Parent of every task. */
  readonly ctx: Context;
  readonly onEvent: (event: EngineEvent) => void;
  readonly onLink: (change: "ready" | "lost", error: Error | undefined) => void;
  readonly random: () => number;
  readonly meter: ProcessMeter;
  /** Absent where nothing is traced. */
  readonly tracing?: Tracing | undefined;
}

/** How often the owner is told of viewers and load, ms: as often as it revises flush windows. */
const REPORT_MS = 250;
/** Rows of an import that travel at once. */
const IMPORT_CHUNK = 500;

const NOTHING = { on: 0, dry_run: 0 };
const NO_STATUS: OwnerStatus = {
  log: { queued: 0, queuedBytes: 0, groups: 0, appended: 0, head: 0 },
  counts: {
    published: 0,
    muted: 0,
    policies: { ceiling: NOTHING, merge: NOTHING, slow: NOTHING, unique: NOTHING },
  },
  windowMs: 0,
  rooms: 0,
};

/** An engine whose gateway is in this process, and whose owner is behind a link. */
export class RemoteEngine implements EdgeEngine {
  readonly publisher: Publisher;
  readonly commands: RoomCommands;
  readonly rooms: RoomDirectory;
  readonly gateway: LocalGateway;
  /** Resolves with the reason if the owner will never take this worker. */
  readonly refused: Promise<Error>;
  private readonly options: RemoteEngineOptions;
  private readonly scope: Scope;
  private readonly link: OwnerLink;
  private readonly entered: RemoteRooms;
  private readonly busy: WorkerMeter;
  private status: OwnerStatus = NO_STATUS;
  private toldViewers = new Map<string, number>();
  private publishing = 0;
  private draining = false;
  private onQuiet: (() => void) | undefined;

  constructor(options: RemoteEngineOptions) {
    const { settings, ctx: parent, onEvent, random, meter, tracing } = options;
    this.options = options;
    this.scope = new Scope(parent, { name: "worker", onError: "report" });
    const refusal = Promise.withResolvers<Error>();
    this.refused = refusal.promise;
    this.link = new OwnerLink({
      path: options.socketPath,
      worker: options.worker,
      random,
      handlers: {
        ready: () => this.ready(),
        lost: (error) => options.onLink("lost", error),
        batch: (batch) => this.entered.batch(batch),
        viewers: ({ elsewhere }) => this.entered.viewers(elsewhere),
        status: (status) => {
          this.status = status;
        },
        refused: (error) => refusal.resolve(error),
      },
    });
    const ctx = this.scope.context;
    this.entered = new RemoteRooms(this.link, ctx.clock);
    this.busy = this.scope.use(new WorkerMeter(ctx.clock));
    const ask = (name: string, args: readonly unknown[], own: Context) => this.link.ask(name, args, own);
    this.publisher = inChunks(remote("publisher", (...call) => this.publish(() => ask(...call))));
    this.commands = remote("commands", ask);
    this.rooms = remote("rooms", ask);
    const source = new RemoteSource(this.link, this.entered, {
      scope: this.scope,
      publisher: this.publisher,
      smallestWindowMs: settings.flush.minMs,
    });
    this.gateway = startGatewayHalf({ source, settings, ctx, onEvent, random, meter, tracing });
    this.scope.spawn((own) => this.link.run(own), { name: "owner link" });
    this.scope.spawn((own) => this.reportAlways(own), { name: "reports" });
  }

  /** Resolves once there is a link to the owner. Errors: BARRAGE_UNAVAILABLE after `ms`. */
  arrive(ms: number, ctx: Context): Promise<void> {
    return this.link.arrive(ms, ctx);
  }

  get totals(): EngineTotals {
    return { ...this.gateway.totals, ...this.status.counts };
  }

  get logStats(): LogStats {
    const { log } = this.status;
    return this.link.isReady ? log : { ...log, failed: "the process that owns the log does not answer" };
  }

  get roomCount(): number {
    return this.status.rooms;
  }

  get windowMs(): number {
    return this.status.windowMs;
  }

  get load(): WorkerLoad {
    return {
      connections: this.gateway.connections,
      queue: this.gateway.backlog + this.link.waiting,
      ...this.busy.sample(),
    };
  }

  async drain(spreadMs: number, ctx: Context): Promise<void> {
    this.draining = true;
    await this.quiet(ctx);
    // What was acknowledged here is published before its senders are sent away; without an owner they find it later.
    if (this.link.isReady) await this.flushed(ctx);
    await this.gateway.drain(CLOSE.DRAIN.code, spreadMs, ctx);
  }

  async stop(_ctx: Context): Promise<void> {
    await this.gateway.stop();
    this.link.close();
    await this.scope[Symbol.asyncDispose]();
  }

  // ---- publishes under way --------------------------------------------------------------------------------

  private async publish(call: () => Promise<unknown>): Promise<unknown> {
    if (this.draining) throw protocolError("BARRAGE_DRAINING");
    this.publishing += 1;
    try {
      return await call();
    } finally {
      this.publishing -= 1;
      if (this.publishing === 0) this.onQuiet?.();
    }
  }

  private async quiet(ctx: Context): Promise<void> {
    if (this.publishing === 0) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.onQuiet = resolve;
    using _ = ctx.onCancel(() => resolve());
    await promise;
    ctx.throwIfCancelled();
  }

  private async flushed(ctx: Context): Promise<void> {
    try {
      await this.link.ask("gateway.flushed", [], ctx);
    } catch {
      ctx.throwIfCancelled();
      // The owner went away meanwhile: its next one publishes again, and viewers resume elsewhere.
    }
  }

  // ---- reports ---------------------------------------------------------------------------------------------

  private ready(): void {
    this.entered.enterAgain();
    this.toldViewers = new Map();
    this.report();
    this.options.onLink("ready", undefined);
  }

  private async reportAlways(ctx: Context): Promise<void> {
    using ticker = new Ticker(REPORT_MS, ctx);
    for await (const _ of ticker) {
      this.entered.sweep();
      if (this.link.isReady) this.report();
    }
  }

  private report(): void {
    const { meter } = this.options;
    const [now, busyMs, cpuMs] = [meter.now(), meter.busyMs(), meter.cpuMs()];
    const reading = { now, busyMs, cpuMs, lateness: meter.lateness() };
    const { load } = this;
    this.link.send("report", {
      viewers: this.changedViewers(),
      load,
      meter: reading,
      work: this.gateway.fanOutWork,
    });
  }

  private changedViewers(): readonly RoomCount[] {
    const changed: RoomCount[] = [];
    const now = new Map(this.gateway.viewerCounts());
    for (const [room, count] of now) if (this.toldViewers.get(room) !== count) changed.push([room, count]);
    for (const room of this.toldViewers.keys()) if (!now.has(room)) changed.push([room, 0]);
    this.toldViewers = now;
    return changed;
  }
}

/** An import of a large file in frames of bearable size. */
function inChunks(publisher: Publisher): Publisher {
  return {
    ...publisher,
    async import(caller: Caller, room: string, requests: readonly AppendRequest[], ctx: Context) {
      let fresh = 0;
      for (let i = 0; i < requests.length || i === 0; i += IMPORT_CHUNK) {
        fresh += await publisher.import(caller, room, requests.slice(i, i + IMPORT_CHUNK), ctx);
      }
      return fresh;
    },
  };
}
