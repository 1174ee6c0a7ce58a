import { Ticker } from "@barrage/kernel";
import type { Context, Scope, Task } from "@barrage/kernel";
import type { Checkpoints } from "../coordinator/checkpoints.ts";
import type { Commands } from "../coordinator/commands.ts";
import type { Directory } from "../coordinator/directory.ts";
import type { Heartbeats } from "../coordinator/heartbeats.ts";
import type { WordChecker } from "../engine.ts";
import type { RouterCounts } from "../events.ts";
import type { GatewayFigures, GatewaySource } from "../gateway-source.ts";
import type { Ingest } from "../ingest/ingest.ts";
import type { IngestHalf } from "../ingest/start-ingest.ts";
import type { DanmakuLog, Head, LogStats } from "../ports/index.ts";
import type { Archiver } from "../router/archiver.ts";
import type { Gateways } from "../router/gateways.ts";
import type { RepeatingFeed } from "../router/repeating-feed.ts";
import type { Router } from "../router/router.ts";

/** Time between two looks at the load, ms: long enough to count hundreds of writes, short enough to follow a storm. */
const REVISE_MS = 250;

/** The wired parts of an owner. */
export interface OwnerParts {
  readonly scope: Scope;
  readonly log: DanmakuLog;
  readonly totals: RouterCounts;
  readonly gateways: Gateways;
  readonly archiver: Archiver;
  readonly router: Router;
  readonly ingest: IngestHalf<Heartbeats>;
  readonly checkpoints: Checkpoints;
  readonly directory: Directory;
  readonly source: GatewaySource;
  readonly checkpointEveryMs: number;
  /** Absent where the feed loses nothing. */
  readonly repeating: RepeatingFeed | undefined;
}

/**
 * The half of an engine that owns log, archive, rooms, limits and windows: everything up to the feed. Gateways, in this
 * process or in others, are the other half.
 */
export class Owner {
  private readonly parts: OwnerParts;
  private archiving: Task<void> | undefined;
  private following: Task<void> | undefined;

  constructor(parts: OwnerParts) {
    this.parts = parts;
  }

  get publisher(): Ingest {
    return this.parts.ingest.publisher;
  }

  get commands(): Commands {
    return this.parts.ingest.commands;
  }

  get rooms(): Directory {
    return this.parts.directory;
  }

  /** What a gateway in this process works from. */
  get source(): GatewaySource {
    return this.parts.source;
  }

  get counts(): Readonly<RouterCounts> {
    return this.parts.totals;
  }

  /** A log that the router cannot follow counts as failed, though it may take appends. */
  get logStats(): LogStats {
    const { log, router } = this.parts;
    const { stats } = log;
    return stats.failed === undefined && router.trouble !== undefined
      ? { ...stats, failed: router.trouble }
      : stats;
  }

  /** Records up to this seq are in archive and checkpoint: the log may forget them. */
  get retentionFloor(): number {
    return this.parts.checkpoints.seq;
  }

  /** Rooms that are not closed. */
  get roomCount(): number {
    return this.parts.directory.openCount;
  }

  /** The longest flush window in force, ms. */
  get windowMs(): number {
    return this.parts.gateways.longestMs;
  }

  setWords(check: WordChecker): void {
    this.parts.ingest.setWords(check);
  }

  /** The last record of a room that window and feed have. */
  publishedHead(room: string): Head {
    return this.parts.router.publishedHead(room);
  }

  /** Its viewers count, and its load decides about flush windows, until disposed. */
  attach(gateway: GatewayFigures): Disposable {
    return this.parts.gateways.attach(gateway);
  }

  /** Resolves when everything that the log holds is folded, so that the first viewer finds all rooms. */
  async start(): Promise<void> {
    const { scope, archiver, router, ingest, checkpoints, log, checkpointEveryMs, repeating } = this.parts;
    this.archiving = scope.spawn((ctx) => archiver.run(ctx), { name: "archiver" });
    this.following = scope.spawn((ctx) => router.follow(ctx), { name: "router follow" });
    scope.spawn((ctx) => router.flush(ctx), { name: "router flush" });
    scope.spawn((ctx) => this.reviseWindows(ctx), { name: "flush windows" });
    if (repeating !== undefined) scope.spawn((ctx) => repeating.run(ctx), { name: "room heads" });
    await router.folded.wait(log.stats.head, scope.context);
    scope.spawn((ctx) => ingest.heartbeats.run(ctx), { name: "heartbeats" });
    scope.spawn((ctx) => checkpoints.run(checkpointEveryMs, ctx), { name: "checkpoints" });
  }

  private async reviseWindows(ctx: Context): Promise<void> {
    const { router, gateways } = this.parts;
    using ticker = new Ticker(REVISE_MS, ctx);
    for await (const _ of ticker) gateways.revise(router.takeCounts());
  }

  /** Publishes are refused from now on; resolves when everything that was acknowledged is on the feed. */
  async drain(ctx: Context): Promise<void> {
    await this.parts.ingest.drain(ctx);
    await this.flushed(ctx);
  }

  /** Resolves when everything that was acknowledged before the call is on the feed. */
  async flushed(ctx: Context): Promise<void> {
    const { router, log } = this.parts;
    await router.published.wait(log.stats.head, ctx);
  }

  /** Everything acknowledged is in log and archive, and every task has ended. Ports stay open. */
  async stop(ctx: Context): Promise<void> {
    const { scope, router, archiver, checkpoints, log, ingest } = this.parts;
    await router.folded.wait(log.stats.head, ctx);
    this.following?.cancel();
    archiver.finish();
    await this.archiving;
    await checkpoints.save(ctx);
    await ingest.stop();
    await scope[Symbol.asyncDispose]();
  }
}
