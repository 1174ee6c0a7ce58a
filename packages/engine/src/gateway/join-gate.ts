import { TokenBuckets } from "../ingest/token-buckets.ts";
import type { BucketSettings } from "../settings.ts";

/** The longest that anybody is sent away for, ms: beyond it people give up. */
const DELAY_MAX_MS = 60_000;
/** Moments are told as exact as this, ms, so that those of one moment do not come in step. */
const JITTER_MS = 1_000;

/**
 * How fast viewers come into a room. Who comes too fast is given a moment of its own to come back at: the moments lie
 * as far apart as the room takes viewers, so a storm of thousands comes back as a stream.
 *
 * Shape      per room a bucket for those who come, and the last moment that was given away.
 * Bounds     as many rooms as `TokenBuckets` keeps.
 * Cost       O(1); a room without refusals keeps no moment.
 */
export class JoinGate {
  private readonly buckets: TokenBuckets;
  private readonly settings: BucketSettings;
  private readonly random: () => number;
  private readonly given = new Map<string, number>();

  constructor(settings: BucketSettings, random: () => number) {
    this.buckets = new TokenBuckets(settings);
    this.settings = settings;
    this.random = random;
  }

  /** 0: come in. Otherwise the ms after which to come back. `now` is monotonic, ms. */
  enter(room: string, now: number): number {
    const isFull = this.buckets.takeAt(room, now) > 0;
    if (!isFull) return 0;
    const next = Math.max(now, this.given.get(room) ?? 0) + 1_000 / this.settings.perSecond;
    // Who would have to wait longer comes at a random moment and is given another.
    const isTooFar = next - now > DELAY_MAX_MS;
    if (!isTooFar) this.given.set(room, next);
    const delay = isTooFar ? DELAY_MAX_MS * (0.5 + this.random() / 2) : next - now;
    return Math.ceil(delay + this.random() * JITTER_MS);
  }

  /** Forgets the moments that have passed. */
  sweep(now: number): void {
    for (const [room, moment] of this.given) if (moment < now) this.given.delete(room);
  }
}
