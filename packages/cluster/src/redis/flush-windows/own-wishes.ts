import type { Context } from "@barrage/kernel";
import { tellOften } from "../tell-often.ts";
import type { RedisWishes } from "./redis-wishes.ts";

export interface WishTimes {
  /** How often wishes are told, and looked up, ms. */
  readonly everyMs: number;
  /** How long a wish holds without being repeated, ms. */
  readonly lifeMs: number;
  /** How long a router keeps to what it found last while Redis does not answer, ms. */
  readonly keepMs: number;
}

/** A wish holds for five tellings; what was found last outlives a failover of Redis. */
export const WISH_DEFAULTS: WishTimes = { everyMs: 1_000, lifeMs: 5_000, keepMs: 10_000 };

/** How long taking back may take at the end, ms; what is not taken back ends by itself. */
const TAKE_BACK_MS = 1_000;

/**
 * A gateway's wishes for flush windows, told for as long as it has them.
 *
 * Shape      one task, `run`.
 * Bounds     the rooms that `wishes` gives, and those that it gave when Redis last answered.
 */
export class OwnWishes {
  private readonly redis: Pick<RedisWishes, "tell">;
  private readonly wishes: () => Iterable<readonly [room: string, ms: number]>;
  private readonly everyMs: number;
  /** Rooms that Redis may have a wish of ours for. */
  private readonly told = new Set<string>();
  private failures = 0;

  /** `wishes`: rooms that need a longer window than the smallest, whole ms. */
  constructor(
    redis: Pick<RedisWishes, "tell">,
    wishes: () => Iterable<readonly [room: string, ms: number]>,
    { everyMs }: WishTimes = WISH_DEFAULTS,
  ) {
    this.redis = redis;
    this.wishes = wishes;
    this.everyMs = everyMs;
  }

  get figures(): { readonly rooms: number; readonly failed: number } {
    return { rooms: this.told.size, failed: this.failures };
  }

  /** Tells until cancelled, then takes all wishes back. */
  run(ctx: Context): Promise<void> {
    const telling = {
      everyMs: this.everyMs,
      takeBackMs: TAKE_BACK_MS,
      tell: (own: Context) => this.tell(own),
      takeBack: (own: Context) => this.takeBack(own),
      notTakenBack: () => void (this.failures += 1),
    };
    return tellOften(telling, ctx);
  }

  private async tell(ctx: Context): Promise<void> {
    const wishes = new Map(this.wishes());
    for (const room of this.told) if (!wishes.has(room)) wishes.set(room, 0);
    for (const room of wishes.keys()) this.told.add(room);
    try {
      await this.redis.tell(wishes, ctx, (room) => {
        if (wishes.get(room) === 0) this.told.delete(room);
      });
    } catch {
      ctx.throwIfCancelled();
      // Redis is away: routers keep to what they found, and the next telling comes.
      this.failures += 1;
      // Of rooms without a wish any more: it ends by itself.
      for (const [room, ms] of wishes) if (ms === 0) this.told.delete(room);
    }
  }

  private takeBack(ctx: Context): Promise<void> {
    const none = [...this.told].map((room) => [room, 0] as const);
    this.told.clear();
    return this.redis.tell(none, ctx);
  }
}
