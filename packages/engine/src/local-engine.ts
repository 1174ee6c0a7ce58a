import { Ticker } from "@barrage/kernel";
import type { Context, Scope, Task } from "@barrage/kernel";
import { CLOSE } from "@barrage/protocol";
import type { Checkpoints } from "./coordinator/checkpoints.ts";
import type { Commands } from "./coordinator/commands.ts";
import type { Directory } from "./coordinator/directory.ts";
import type { Heartbeats } from "./coordinator/heartbeats.ts";
import type { Engine, WordChecker } from "./engine.ts";
import type { EngineCounts, EngineTotals } from "./events.ts";
import type { LocalGateway } from "./gateway/gateway.ts";
import type { Ingest } from "./ingest/ingest.ts";
import type { DanmakuLog, LogStats } from "./ports/index.ts";
import type { Archiver } from "./router/archiver.ts";
import type { FlushWindows } from "./router/flush-windows.ts";
import type { Router } from "./router/router.ts";

/** Time between two looks at the load, ms: long enough to count hundreds of writes, short enough to follow a storm. */
const REVISE_MS = 250;

/** The wired parts of an engine whose roles all run in this process. */
export interface LocalParts {
  readonly scope: Scope;
  readonly log: DanmakuLog;
  readonly totals: EngineCounts;
  readonly windows: FlushWindows;
  readonly archiver: Archiver;
  readonly router: Router;
  readonly ingest: Ingest;
  readonly gateway: LocalGateway;
  readonly heartbeats: Heartbeats;
  readonly checkpoints: Checkpoints;
  readonly commands: Commands;
  readonly directory: Directory;
  readonly words: { check: WordChecker };
  readonly checkpointEveryMs: number;
}

/** Starts the parts in order, and ends them in the order in which a danmaku passes through them. */
export class LocalEngine implements Engine {
  private readonly parts: LocalParts;
  private archiving: Task<void> | undefined;
  private following: Task<void> | undefined;

  constructor(parts: LocalParts) {
    this.parts = parts;
  }

  get publisher(): Ingest {
    return this.parts.ingest;
  }

  get commands(): Commands {
    return this.parts.commands;
  }

  get rooms(): Directory {
    return this.parts.directory;
  }

  get gateway(): LocalGateway {
    return this.parts.gateway;
  }

  get totals(): EngineTotals {
    const { delivered, shed, lostAtClose } = this.parts.gateway.ledger();
    return { ...this.parts.totals, delivered, shed, lostAtClose };
  }

  get logStats(): LogStats {
    return this.parts.log.stats;
  }

  get retentionFloor(): number {
    return this.parts.checkpoints.seq;
  }

  setWords(check: WordChecker): void {
    this.parts.words.check = check;
  }

  /** Resolves when everything that the log holds is folded, so that the first viewer finds all rooms. */
  async start(): Promise<void> {
    const { scope, archiver, router, heartbeats, checkpoints, log, checkpointEveryMs } = this.parts;
    this.archiving = scope.spawn((ctx) => archiver.run(ctx), { name: "archiver" });
    this.following = scope.spawn((ctx) => router.follow(ctx), { name: "router follow" });
    scope.spawn((ctx) => router.flush(ctx), { name: "router flush" });
    scope.spawn((ctx) => this.reviseWindows(ctx), { name: "flush windows" });
    await router.folded.wait(log.stats.head, scope.context);
    scope.spawn((ctx) => heartbeats.run(ctx), { name: "heartbeats" });
    scope.spawn((ctx) => checkpoints.run(checkpointEveryMs, ctx), { name: "checkpoints" });
  }

  /** The longest flush window in force, ms. */
  get windowMs(): number {
    return this.parts.windows.longest;
  }

  private async reviseWindows(ctx: Context): Promise<void> {
    const { windows, router, gateway } = this.parts;
    using ticker = new Ticker(REVISE_MS, ctx);
    for await (const _ of ticker) {
      const loads = router.takeCounts((room) => gateway.viewersOf(room));
      windows.revise(loads, gateway.fanOutWork);
    }
  }

  async drain(spreadMs: number, ctx: Context): Promise<void> {
    const { ingest, router, gateway, log } = this.parts;
    await ingest.inflight.close(ctx);
    await router.published.wait(log.stats.head, ctx);
    await gateway.drain(CLOSE.DRAIN.code, spreadMs, ctx);
  }

  async stop(ctx: Context): Promise<void> {
    const { scope, gateway, router, archiver, checkpoints, log } = this.parts;
    await gateway.stop();
    await router.folded.wait(log.stats.head, ctx);
    this.following?.cancel();
    archiver.finish();
    await this.archiving;
    await checkpoints.save(ctx);
    await scope[Symbol.asyncDispose]();
  }
}
