import type { Context } from "@barrage/kernel";
import type { BucketStore } from "../ports/index.ts";
import { RecentMap } from "../recent-map.ts";
import type { BucketSettings } from "../settings.ts";

/** A bucket as of one moment: refilled lazily, so no timer and no work for those who are silent. */
interface Bucket {
  tokens: number;
  /** `clock.now()` of the last refill. */
  at: number;
}

/** Buckets kept; beyond it the one that was asked least recently is forgotten, which is full again if it was idle. */
const BUCKETS_MAX = 200_000;

/**
 * One token bucket per key: `burst` at once, then `perSecond`.
 *
 * Shape      a map in order of last use.
 * Bounds     at most BUCKETS_MAX keys.
 * Cost       O(1) per `take`.
 */
export class TokenBuckets implements BucketStore {
  private readonly settings: BucketSettings;
  private readonly buckets = new RecentMap<string, Bucket>(BUCKETS_MAX);

  constructor(settings: BucketSettings) {
    this.settings = settings;
  }

  /** Takes one token. 0 when there was one; otherwise the ms until there is. */
  take(key: string, { clock }: Context): number {
    return this.takeAt(key, clock.now());
  }

  /** `now` is monotonic, ms. */
  takeAt(key: string, now: number): number {
    const { perSecond, burst } = this.settings;
    const bucket = this.buckets.get(key) ?? { tokens: burst, at: now };
    bucket.tokens = Math.min(burst, bucket.tokens + ((now - bucket.at) * perSecond) / 1_000);
    bucket.at = now;
    this.buckets.set(key, bucket);
    if (bucket.tokens >= 1) {
      bucket.tokens -= 1;
      return 0;
    }
    return Math.ceil(((1 - bucket.tokens) * 1_000) / perSecond);
  }
}
