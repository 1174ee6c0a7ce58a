import type { RoomCatalog, RoomState, RoomStates, StoredStates } from "@barrage/engine";
import { unlessCancelled } from "@barrage/kernel";
import type { Clock, Context, Scope } from "@barrage/kernel";
import { protocolError } from "@barrage/protocol";
import { LayeredCache } from "../../cache/layered-cache.ts";
import type { CacheFigures } from "../../cache/layered-cache.ts";
import { LocalLayer } from "../../cache/local-layer.ts";
import type { SharedLayer } from "../../cache/shared-layer.ts";
import { SharedLoads } from "../../cache/shared-loads.ts";
import { pollUntil } from "../poll.ts";
import { CatalogCache } from "./catalog-cache.ts";

export interface RoomStatesBounds {
  /** Age, ms, up to which `find` gives a state without asking. */
  readonly maxAgeMs: number;
  /** Longest that Redis, and then the catalogue, are waited for where there is no state to give meanwhile, ms. */
  readonly patienceMs: number;
  /** While Redis is away: how long a state that is known is given, ms. */
  readonly staleMs: number;
  /** While Redis is away: how long it is not asked again for a room whose state is known, ms. */
  readonly retryMs: number;
  /** Rooms in memory. */
  readonly maxRooms: number;
  /** Longest that a record is waited for, ms. */
  readonly reachMs: number;
}

/** Stale for a minute, which is as long as an open circuit stays so; a record is waited for as long as a failover takes. */
export const ROOM_STATES_DEFAULTS: RoomStatesBounds = {
  maxAgeMs: 1_000,
  patienceMs: 2_000,
  staleMs: 60_000,
  retryMs: 1_000,
  maxRooms: 10_000,
  reachMs: 10_000,
};

export interface RoomStatesParts {
  /** What is stored beside the windows. */
  readonly stored: StoredStates;
  /** What is known of rooms that have no window. */
  readonly catalog: Pick<RoomCatalog, "find">;
  /** Owner of the questions that several share. */
  readonly scope: Scope;
  /** Where processes share what the catalogue said. */
  readonly shared?: SharedLayer<object>;
  readonly bounds?: Partial<RoomStatesBounds>;
}

export interface RoomStatesFigures {
  /** States in memory and the questions to Redis. */
  readonly states: CacheFigures;
  /** What the catalogue was asked. */
  readonly catalog: CacheFigures;
  /** Answers from memory because Redis was away. */
  readonly stale: number;
}

interface Kept {
  readonly state: RoomState;
  /** `clock.now()` before which Redis is not asked, for it was away a moment ago. */
  readonly retryAt: number;
}

/** Redis gets the time here that any call of it gets: one that is cut off sooner would count against the node. */
const CATALOG_BOUNDS = { sharedMs: 1_000, loadMs: 1_000 };

/** Share of `maxAgeMs` that one question may take. */
const ASK_SHARE = 0.9;

/**
 * Room states for whoever serves clients: memory, then what Redis has beside the window, then the durable catalogue.
 *
 * Shape      one question per room at a time, shared by all who ask.
 * Bounds     `find` gives nothing older than `maxAgeMs`, with Redis away than `staleMs` (RD-81, RD-83); `maxRooms`.
 * Errors     BARRAGE_UNAVAILABLE where nobody who knows can be asked: never "unknown" for what may exist.
 */
export class ClusterRoomStates implements RoomStates {
  private readonly stored: StoredStates;
  private readonly bounds: RoomStatesBounds;
  private readonly clock: Clock;
  /** What the catalogue says now, and what it said within half a minute. */
  private readonly durable: (room: string, ctx: Context) => Promise<RoomState | undefined>;
  private readonly catalog: CatalogCache;
  private readonly cache: LayeredCache<RoomState>;
  private readonly kept: LocalLayer<Kept>;
  private readonly patient: SharedLoads<RoomState | undefined>;
  private stale = 0;

  constructor({ stored, catalog, scope, shared, bounds = {} }: RoomStatesParts) {
    this.stored = stored;
    this.durable = async (room, ctx) => (await catalog.find(room, ctx))?.state;
    this.bounds = { ...ROOM_STATES_DEFAULTS, ...bounds };
    this.clock = scope.context.clock;
    const { maxAgeMs, maxRooms } = this.bounds;
    this.catalog = new CatalogCache(catalog, {
      scope,
      bounds: { ...CATALOG_BOUNDS, maxEntries: maxRooms },
      ...(shared === undefined ? {} : { shared }),
    });
    const cached = (room: string, ctx: Context): Promise<RoomState | undefined> =>
      this.catalog.find(room, ctx);
    const loadMs = Math.floor(maxAgeMs * ASK_SHARE);
    this.cache = new LayeredCache({
      scope,
      load: (room, ctx) => this.load(room, cached, ctx),
      bounds: { maxAgeMs, absentMaxAgeMs: maxAgeMs, maxEntries: maxRooms, loadMs, sharedMs: 1 },
    });
    this.kept = new LocalLayer(maxRooms);
    this.patient = new SharedLoads("room state", scope);
  }

  get figures(): RoomStatesFigures {
    return { states: this.cache.figures, catalog: this.catalog.figures, stale: this.stale };
  }

  async find(room: string, ctx: Context): Promise<RoomState | undefined> {
    const kept = this.kept.get(room, this.clock.now());
    if (kept?.value !== undefined && this.clock.now() < kept.value.retryAt) return this.giveStale(kept.value);
    try {
      return await this.cache.get(room, ctx);
    } catch {
      ctx.throwIfCancelled();
      // Redis is away, or slow. Who it is does not matter here: the calls themselves are counted, and said by readiness.
      const known = this.kept.get(room, this.clock.now());
      if (known?.value === undefined) return this.patient.do(room, (own) => this.seek(room, own), ctx);
      const retryAt = this.clock.now() + this.bounds.retryMs;
      this.kept.set(room, { ...known.value, retryAt }, known.until);
      return this.giveStale(known.value);
    }
  }

  async fresh(room: string, ctx: Context): Promise<RoomState | undefined> {
    await this.cache.invalidate(room, ctx);
    return this.waited((own) => this.load(room, this.durable, own), ctx);
  }

  async reached(room: string, seq: number, ctx: Context): Promise<void> {
    const has = async (own: Context): Promise<boolean> => {
      const state = await this.stored.find(room, own);
      return state !== undefined && (state.closed || state.head.seq >= seq);
    };
    await pollUntil(has, this.bounds.reachMs, ctx);
    await this.cache.invalidate(room, ctx);
  }

  /** Nothing is known of the room here: Redis, and while that is away what is durable. */
  private async seek(room: string, ctx: Context): Promise<RoomState | undefined> {
    try {
      return await this.waited((own) => this.load(room, this.durable, own), ctx);
    } catch (error) {
      ctx.throwIfCancelled();
      const durable = await this.waited((own) => this.catalog.find(room, own), ctx);
      // It may have been made a moment ago.
      if (durable === undefined) throw error;
      return durable;
    }
  }

  private async load(
    room: string,
    durable: (room: string, ctx: Context) => Promise<RoomState | undefined>,
    ctx: Context,
  ): Promise<RoomState | undefined> {
    const began = this.clock.now();
    const state = (await this.stored.find(room, ctx)) ?? (await durable(room, ctx));
    if (state === undefined) this.kept.delete(room);
    else this.kept.set(room, { state, retryAt: 0 }, began + this.bounds.staleMs);
    return state;
  }

  private giveStale({ state }: Kept): RoomState {
    this.stale += 1;
    return state;
  }

  /** Errors: BARRAGE_UNAVAILABLE. */
  private async waited<T>(ask: (ctx: Context) => Promise<T>, ctx: Context): Promise<T> {
    using patience = ctx.cancellable({ timeout: this.bounds.patienceMs, name: "room state" });
    try {
      return await unlessCancelled(ask(ctx), patience);
    } catch (error) {
      ctx.throwIfCancelled();
      throw protocolError("BARRAGE_UNAVAILABLE", {}, error);
    }
  }
}
