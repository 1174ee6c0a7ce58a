import type { Context, Scope } from "@barrage/kernel";
import { LayeredCache } from "../../cache/layered-cache.ts";
import { PRESENCE_DEFAULTS } from "./redis-presence.ts";
import type { RedisPresence } from "./redis-presence.ts";

/** Gateways report who came every few seconds; and a count over a day's buckets is a hundred times a plain read's work. */
const BOUNDS = { maxAgeMs: 5_000, absentMaxAgeMs: 5_000, maxEntries: 10_000, sharedMs: 1, loadMs: 1_000 };

/** How many different viewers came to a room within a day, for whoever asks however often. */
export class UniqueViewers {
  private readonly counts: LayeredCache<number>;

  constructor(presence: Pick<RedisPresence, "uniqueViewers">, scope: Scope) {
    const { buckets } = PRESENCE_DEFAULTS;
    this.counts = new LayeredCache({
      scope,
      bounds: BOUNDS,
      load: (room, ctx) => presence.uniqueViewers(room, buckets, ctx),
    });
  }

  /** At most 5 s old; undefined while Redis does not answer. */
  async of(room: string, ctx: Context): Promise<number | undefined> {
    try {
      return await this.counts.get(room, ctx);
    } catch {
      ctx.throwIfCancelled();
      // Redis is away, which readiness says.
      return undefined;
    }
  }
}
