import type { IdempotencyKey, LogWriter, RoomCatalog, RoomStates } from "@barrage/engine";
import { scope, Ticker } from "@barrage/kernel";
import type { Context } from "@barrage/kernel";
import { SYSTEM_AUTHOR } from "@barrage/protocol";
import type { Author, RoomEvent } from "@barrage/protocol";
import type { SharedClock } from "../moment.ts";
import type { RedisLink } from "../redis-link.ts";
import { roomPages } from "../room-pages.ts";
import { slotOf } from "../slot.ts";
import type { RedisRoomPlaces } from "../states/redis-room-places.ts";
import { LiveSessions } from "./live-sessions.ts";
import { RedisSignals, signalStream } from "./redis-signals.ts";
import type { RedisSignalsOptions, SignalCounts } from "./redis-signals.ts";
import { signalKey } from "./room-signal.ts";
import type { ReadSignal } from "./room-signal.ts";

export interface CoordinatorOptions {
  readonly signals: RedisSignalsOptions;
  /** A live room without a heartbeat for this long goes offline, ms. */
  readonly timeoutMs: number;
  /** How often deadlines are looked at, ms: a room goes offline at most this late. */
  readonly checkMs: number;
  /** How often rooms are looked for that are live and of which no deadline is known, and rooms counted anew, ms. */
  readonly sweepMs: number;
  readonly clock?: SharedClock;
}

/** Deadlines are looked at each second; a deadline or place that Redis has lost is made up for within five minutes. */
export const COORDINATOR_DEFAULTS = { checkMs: 1_000, sweepMs: 300_000 } as const;

export interface CoordinatorParts {
  readonly link: RedisLink;
  readonly log: Pick<LogWriter, "append">;
  readonly states: RoomStates;
  /** Where rooms are found whose deadline or place Redis has lost. */
  readonly catalog: Pick<RoomCatalog, "ids" | "live">;
  readonly places: Pick<RedisRoomPlaces, "recount">;
  readonly newId: () => string;
}

export interface CoordinatorFigures {
  readonly signals: SignalCounts;
  /** Records that were appended, or found to be there already. */
  readonly live: number;
  readonly offline: number;
  /** Looks at deadlines and at rooms that failed; they are made again. */
  readonly failed: number;
}

/** What comes of a sign of life, or of its absence. */
interface Decision {
  readonly author: Author;
  readonly event: Extract<RoomEvent, { type: "live" | "offline" }>;
  readonly key: IdempotencyKey;
}

const ENDED = { type: "offline", reason: "ended" } as const;
const MISSED = { type: "offline", reason: "missed_heartbeat" } as const;

/** How long an end is remembered, ms: signals from before it come that late at most, when they had to be claimed. */
const ENDED_MS = 60_000;
/** How long a coordinator may take to write a room's end before another does, ms. */
const LEASE_MS = 10_000;

/**
 * Makes `live` and `offline` records of streamers' signs of life and of their absence.
 *
 * Shape      any number of processes run one each. Who died leaves nothing behind that another does not see: signals are
 *            claimed, deadlines lie in Redis.
 * Bounds     what two of them decide alike makes one record (RD-53, RD-54).
 */
export class RedisCoordinator {
  private readonly parts: CoordinatorParts;
  private readonly options: CoordinatorOptions;
  private readonly signals: RedisSignals;
  private readonly sessions: LiveSessions;
  private readonly counted = { live: 0, offline: 0, failed: 0 };

  constructor(parts: CoordinatorParts, options: CoordinatorOptions) {
    this.parts = parts;
    this.options = options;
    this.signals = new RedisSignals(parts.link, options.signals);
    const { timeoutMs, clock } = options;
    const times = { timeoutMs, endedMs: ENDED_MS, leaseMs: LEASE_MS };
    this.sessions = new LiveSessions(parts.link, { ...times, ...(clock === undefined ? {} : { clock }) });
  }

  get figures(): CoordinatorFigures {
    return { signals: this.signals.counts, ...this.counted };
  }

  /** Decides until cancelled; `consumer` names this process among the coordinators. */
  async run(consumer: string, ctx: Context): Promise<void> {
    const { checkMs, sweepMs } = this.options;
    await scope(
      (own) => {
        own.spawn((mine) => this.signals.run(consumer, (read, at) => this.handle(read, at), mine), {
          name: "room signals",
        });
        own.spawn((mine) => this.every(checkMs, (at) => this.expire(at), mine), { name: "deadlines" });
        own.spawn((mine) => this.sweepNowAndEvery(sweepMs, mine), { name: "live rooms" });
      },
      { name: "coordinator", parent: ctx },
    );
  }

  /** One sign of life, or of its end. */
  private async handle(read: ReadSignal, ctx: Context): Promise<void> {
    switch (read.signal.type) {
      case "heartbeat":
        return this.beat(read, read.signal.author, ctx);
      case "end":
        return this.end(read, read.signal.author, ctx);
      case "forget":
        await this.sessions.end(read.stream, read.signal.room, read.entry, ctx);
        return;
      case "presence":
        // Counted by whoever is asked for it.
        return;
    }
  }

  private async beat({ signal: { room }, stream, entry }: ReadSignal, author: Author, ctx: Context) {
    const since = await this.sessions.beat(stream, room, entry, ctx);
    if (since === undefined) return;
    const { states } = this.parts;
    // The first one after an end: what is known of the room may be from before it.
    const state = await (since === entry ? states.fresh(room, ctx) : states.find(room, ctx));
    if (state === undefined || state.live) return;
    if (state.closed) {
      await this.sessions.end(stream, room, entry, ctx);
      return;
    }
    // One key for all heartbeats since the room came live: the state may not show the first one's record yet.
    await this.append(room, { author, event: { type: "live" }, key: this.key(stream, since, " live") }, ctx);
    if (await this.sessions.isLiveSince(stream, room, since, ctx)) return;
    // Another coordinator has ended it meanwhile, and its record may lie before ours.
    await this.append(room, { author, event: ENDED, key: this.key(stream, since, " undo") }, ctx);
  }

  private async end({ signal: { room }, stream, entry, key }: ReadSignal, author: Author, ctx: Context) {
    const wasLive = await this.sessions.end(stream, room, entry, ctx);
    const state = await this.parts.states.fresh(room, ctx);
    if (state === undefined || state.closed) return;
    // That a room has come live may not show yet; then its record lies in the log before this one.
    if (wasLive || state.live) await this.append(room, { author, event: ENDED, key }, ctx);
  }

  private async expire(ctx: Context): Promise<void> {
    const streams = Array.from({ length: this.options.signals.streams }, (_, i) => i);
    await Promise.all(streams.map((stream) => this.tried(() => this.expireIn(stream, ctx), ctx)));
  }

  private async expireIn(stream: number, ctx: Context): Promise<void> {
    for (const missed of await this.sessions.missed(stream, ctx)) {
      const { room, since } = missed;
      const state = await this.parts.states.fresh(room, ctx);
      const isOver = state === undefined || state.closed || (since === "" && !state.live);
      if (!isOver) {
        const key = this.key(stream, since === "" ? `${room}@${state.head.seq}` : since, " missed");
        await this.append(room, { author: SYSTEM_AUTHOR, event: MISSED, key }, ctx);
      }
      await this.sessions.over(stream, missed, ctx);
    }
  }

  /** A room that is live gets one deadline to be heard of, though nobody knows of one: Redis may have lost it. */
  private async sweep(ctx: Context): Promise<void> {
    const { streams } = this.options.signals;
    const { catalog } = this.parts;
    const pages = roomPages((after, limit, own) => catalog.live(after, limit, own), ctx);
    for await (const ids of pages)
      for (const id of ids) await this.sessions.expect(slotOf(id) % streams, id, ctx);
  }

  private async sweepNowAndEvery(ms: number, ctx: Context): Promise<void> {
    const { places, catalog } = this.parts;
    const makeUp = async (at: Context): Promise<void> => {
      await this.tried(() => this.sweep(at), at);
      await this.tried(() => places.recount(catalog, at), at);
    };
    await makeUp(ctx);
    await this.every(ms, makeUp, ctx);
  }

  private async every(ms: number, step: (ctx: Context) => Promise<void>, ctx: Context): Promise<void> {
    using ticker = new Ticker(ms, ctx);
    for await (const _ of ticker) await step(ctx);
  }

  /** A server that is away ends nothing: the next look comes. */
  private async tried(step: () => Promise<void>, ctx: Context): Promise<void> {
    try {
      await step();
    } catch {
      ctx.throwIfCancelled();
      this.counted.failed += 1;
    }
  }

  private key(stream: number, entry: string, decision: string): IdempotencyKey {
    return signalKey(signalStream(this.parts.link, stream), entry, decision);
  }

  private async append(room: string, decision: Decision, ctx: Context): Promise<void> {
    const { author, event, key } = decision;
    const id = this.parts.newId();
    const entry = { kind: "room-event", id, at: ctx.clock.wall(), author, event } as const;
    await this.parts.log.append({ room, entry, key }, ctx);
    this.counted[event.type] += 1;
  }
}
