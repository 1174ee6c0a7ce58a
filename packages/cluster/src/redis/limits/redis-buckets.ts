import type { BucketSettings, BucketStore } from "@barrage/engine";
import type { Context } from "@barrage/kernel";
import { MOMENT, momentOf } from "../moment.ts";
import type { SharedClock } from "../moment.ts";
import type { RedisLink } from "../redis-link.ts";
import { script } from "../script.ts";

/** KEYS[1] hash: `t` tokens, `a` moment of the last refill. ARGV: tokens per second, burst, moment. */
export const TAKE = script(
  "take token",
  `${MOMENT}
local rate, burst, now = tonumber(ARGV[1]), tonumber(ARGV[2]), moment(ARGV[3])
local kept = redis.call('HMGET', KEYS[1], 't', 'a')
local tokens, at = tonumber(kept[1] or burst), tonumber(kept[2] or now)
-- A clock that was set back, or another node's after a failover, takes nothing away.
tokens = math.min(burst, tokens + math.max(0, now - at) * rate / 1000)
local wait = 0
if tokens >= 1 then
  tokens = tokens - 1
else
  wait = math.ceil((1 - tokens) * 1000 / rate)
end
redis.call('HSET', KEYS[1], 't', text(tokens), 'a', text(now))
-- Full again, a bucket is as if it had never been.
redis.call('PEXPIRE', KEYS[1], math.ceil(burst * 1000 / rate) + 1000)
return wait
`,
);

/** Token buckets that all ingest processes share: one round trip each. */
export class RedisBuckets implements BucketStore {
  private readonly link: RedisLink;
  private readonly kind: string;
  private readonly settings: BucketSettings;
  private readonly clock: SharedClock;

  /** `kind`: what the keys are, such as `user`; keys of another kind are other buckets. */
  constructor(link: RedisLink, kind: string, settings: BucketSettings, clock: SharedClock = "server") {
    this.link = link;
    this.kind = kind;
    this.settings = settings;
    this.clock = clock;
  }

  async take(key: string, ctx: Context): Promise<number> {
    const { perSecond, burst } = this.settings;
    const args = [perSecond, burst, momentOf(this.clock, ctx)];
    // Not repeated after a lost answer: it would take a second token.
    const wait = await this.link.run(TAKE, [this.link.key(this.kind, key)], args, { ctx, repeatable: false });
    return Number(wait);
  }
}
