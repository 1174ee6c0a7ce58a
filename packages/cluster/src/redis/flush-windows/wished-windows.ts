import { sleep } from "@barrage/kernel";
import type { Context } from "@barrage/kernel";
import { WISH_DEFAULTS } from "./own-wishes.ts";
import type { WishTimes } from "./own-wishes.ts";
import type { RedisWishes } from "./redis-wishes.ts";

/** Records since the last look from which a room's window makes a difference: a lone record is flushed at once. */
const RECORDS_TO_ASK = 2;

interface Found {
  readonly ms: number;
  /** `clock.now()`. */
  readonly at: number;
}

/** Records per room since the last call. */
type TakeCounts = () => ReadonlyMap<string, number>;

/**
 * The flush windows of the rooms that a router publishes: the longest that one of their gateways wishes for.
 *
 * Shape      one task, `run`, looks them up; `of` answers from memory.
 * Bounds     rooms that spoke lately; whole ms between `minMs` and `maxMs`.
 */
export class WishedWindows {
  private readonly redis: Pick<RedisWishes, "longest">;
  private readonly bounds: { readonly minMs: number; readonly maxMs: number };
  private readonly times: WishTimes;
  private readonly sources = new Set<TakeCounts>();
  /** Rooms whose window is not the smallest. */
  private readonly found = new Map<string, Found>();
  private failures = 0;

  constructor(
    redis: Pick<RedisWishes, "longest">,
    bounds: { readonly minMs: number; readonly maxMs: number },
    times: WishTimes = WISH_DEFAULTS,
  ) {
    this.redis = redis;
    this.bounds = bounds;
    this.times = times;
  }

  get figures(): { readonly rooms: number; readonly failed: number } {
    return { rooms: this.found.size, failed: this.failures };
  }

  of(room: string): number {
    return this.found.get(room)?.ms ?? this.bounds.minMs;
  }

  get longestMs(): number {
    let longest = this.bounds.minMs;
    for (const { ms } of this.found.values()) longest = Math.max(longest, ms);
    return longest;
  }

  /** Rooms that are published here, until disposed. */
  watch(takeCounts: TakeCounts): Disposable {
    this.sources.add(takeCounts);
    return { [Symbol.dispose]: () => void this.sources.delete(takeCounts) };
  }

  /** Looks up until cancelled. */
  async run(ctx: Context): Promise<void> {
    for (;;) {
      await this.look(ctx);
      await sleep(this.times.everyMs, ctx);
    }
  }

  private async look(ctx: Context): Promise<void> {
    try {
      await this.redis.longest(this.spoke(), ctx, (room, ms) => this.note(room, ms, ctx.clock.now()));
    } catch {
      ctx.throwIfCancelled();
      // Redis is away: what was found last holds for a while.
      this.failures += 1;
    }
    const oldest = ctx.clock.now() - this.times.keepMs;
    for (const [room, { at }] of this.found) if (at <= oldest) this.found.delete(room);
  }

  private spoke(): ReadonlySet<string> {
    const rooms = new Set<string>();
    for (const takeCounts of this.sources) {
      for (const [room, records] of takeCounts())
        if (records >= RECORDS_TO_ASK || this.found.has(room)) rooms.add(room);
    }
    return rooms;
  }

  private note(room: string, wished: number, at: number): void {
    const { minMs, maxMs } = this.bounds;
    const ms = Math.min(maxMs, wished);
    if (ms > minMs) this.found.set(room, { ms, at });
    else this.found.delete(room);
  }
}
