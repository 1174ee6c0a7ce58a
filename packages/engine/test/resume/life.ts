import { Scope } from "@barrage/kernel";
import type { Context } from "@barrage/kernel";
import { protocolError } from "@barrage/protocol";
import type {
  Archive,
  DanmakuLog,
  EngineSettings,
  Feed,
  LogRecord,
  RecentWindow,
  RoomStore,
} from "@barrage/engine";
import { Checkpoints } from "../../src/coordinator/checkpoints.ts";
import { LocalRoomStates } from "../../src/coordinator/local-room-states.ts";
import { RoomWriter } from "../../src/coordinator/room-writer.ts";
import { Admission } from "../../src/ingest/admission.ts";
import { localLimits } from "../../src/ingest/local-limits.ts";
import { Ingest } from "../../src/ingest/ingest.ts";
import { PolicyTally } from "../../src/room/policies/tally.ts";
import { Rooms } from "../../src/room/rooms.ts";
import { Archiver } from "../../src/router/archiver.ts";
import { Judges } from "../../src/router/judges.ts";
import { Recovery } from "../../src/router/recovery.ts";
import { Router } from "../../src/router/router.ts";

/** What outlives a router. */
export interface Ground {
  readonly ctx: Context;
  readonly log: DanmakuLog;
  readonly store: RoomStore;
  readonly archive: Archive;
  readonly feed: Feed;
  readonly settings: EngineSettings;
  readonly newId: () => string;
}

type Method = (...args: unknown[]) => Promise<unknown>;

/**
 * One life of the process that holds ingest, router and archiver: the engine's own parts, on ports that can be cut off.
 *
 * Once it is killed, no call of it has an effect any more and none returns: as after kill -9.
 */
export class Life {
  readonly scope: Scope;
  readonly rooms = new Rooms();
  readonly router: Router;
  readonly window: RecentWindow;
  readonly ingest: Ingest;
  readonly writer: RoomWriter;
  readonly archiver: Archiver;
  readonly recovery: Recovery;
  readonly checkpoints: Checkpoints;
  readonly died = Promise.withResolvers<never>();
  isDead = false;
  private left = Number.POSITIVE_INFINITY;

  /** `windowFor` gives the window that the router writes, once the router is there to say where it stands. */
  constructor(
    ground: Ground,
    checkpoint: Parameters<Rooms["load"]>[0],
    windowFor: (life: Life) => RecentWindow,
  ) {
    const { settings, newId } = ground;
    this.scope = new Scope(ground.ctx, { name: "life", onError: "report" });
    this.died.promise.catch(() => undefined);
    this.rooms.load(checkpoint);
    const { rooms } = this;
    const log = this.mortalLog(ground.log);
    const archive = this.mortal(ground.archive);
    const onEvent = (): void => undefined;
    this.archiver = new Archiver({ archive, log, startSeq: rooms.seq, onEvent });
    const { archiver } = this;
    this.recovery = new Recovery({
      archive,
      archiver,
      bounds: settings.window,
      judged: (_, items) => items,
      onEvent,
    });
    const tally = new PolicyTally();
    const { recovery } = this;
    const later: RecentWindow = {
      open: (...args) => this.window.open(...args),
      append: (...args) => this.window.append(...args),
      read: (...args) => this.window.read(...args),
      remove: (...args) => this.window.remove(...args),
    };
    this.router = new Router({
      log,
      window: later,
      feed: this.mortal(ground.feed),
      rooms,
      archiver,
      judges: new Judges(later, tally),
      recovery,
      totals: { published: 0, muted: 0, policies: tally.total },
      onEvent,
      windowMs: () => settings.flush.minMs,
    });
    this.window = windowFor(this);
    const { folded } = this.router;
    const states = new LocalRoomStates(rooms, folded);
    const writing = { log, states, places: { take: () => true }, settings: settings.rooms };
    this.writer = new RoomWriter({ ...writing, newId, scope: this.scope });
    this.ingest = new Ingest({
      log,
      admission: new Admission(localLimits(settings.limits), tally),
      requireRoom: (room, ctx) => this.writer.require(room, ctx),
      checkWords: (content) => ({ verdict: "allow", content, matched: [] }),
      newId,
      onEvent,
    });
    this.checkpoints = new Checkpoints({
      rooms,
      store: this.mortal(ground.store),
      archiver,
      published: this.router.published,
    });
  }

  /** Resolves when everything that the log holds is folded. */
  async start(ground: Ground): Promise<void> {
    const { scope, archiver, router, checkpoints } = this;
    scope.spawn((ctx) => archiver.run(ctx), { name: "archiver" });
    scope.spawn((ctx) => router.follow(ctx), { name: "router follow" });
    scope.spawn((ctx) => router.flush(ctx), { name: "router flush" });
    scope.spawn((ctx) => checkpoints.run(ground.settings.checkpointEveryMs, ctx), { name: "checkpoints" });
    await router.folded.wait(ground.log.stats.head, scope.context);
  }

  /** Killed at the moment before or after a call of a port, `moments` from now. */
  killAfter(moments: number): void {
    this.left = moments;
  }

  async bury(): Promise<void> {
    this.isDead = true;
    this.died.reject(protocolError("BARRAGE_UNAVAILABLE"));
    await this.scope[Symbol.asyncDispose]();
  }

  /** A port that this life can be killed at, before and after each call. */
  mortal<T extends object>(port: T): T {
    return new Proxy(port, {
      get: (target, name) => {
        const value: unknown = Reflect.get(target, name, target);
        if (typeof value !== "function") return value;
        return (...args: unknown[]) => this.call(() => (value as Method).apply(target, args));
      },
    });
  }

  private mortalLog(log: DanmakuLog): DanmakuLog {
    const follow = (after: number, ctx: Context) => this.follow(log, after, ctx);
    return new Proxy(this.mortal(log), {
      get: (target, name) => (name === "follow" ? follow : (Reflect.get(target, name) as unknown)),
    });
  }

  private async *follow(log: DanmakuLog, after: number, ctx: Context): AsyncIterable<readonly LogRecord[]> {
    for await (const records of log.follow(after, ctx)) {
      await this.pass();
      yield records;
    }
  }

  private async call(effect: () => Promise<unknown>): Promise<unknown> {
    await this.pass();
    const result = await effect();
    await this.pass();
    return result;
  }

  private pass(): Promise<void> | undefined {
    if (!this.isDead && --this.left > 0) return undefined;
    this.isDead = true;
    return new Promise((_, reject) => {
      this.scope.context.onCancel(() => reject(protocolError("BARRAGE_UNAVAILABLE")));
    });
  }
}
