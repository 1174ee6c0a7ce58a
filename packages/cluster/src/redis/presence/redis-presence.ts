import { randomUUID } from "node:crypto";
import type { Context } from "@barrage/kernel";
import { callForEach } from "../calls-for-each.ts";
import { MOMENT, momentOf } from "../moment.ts";
import type { SharedClock } from "../moment.ts";
import type { RedisLink } from "../redis-link.ts";
import { script } from "../script.ts";

/** KEYS[1] hash: gateway to `generation:viewers`. KEYS[2] sorted set: gateway by the moment at which its count ends. */
const SUM = `${MOMENT}
local function sum(now, without)
  for _, ended in ipairs(redis.call('ZRANGEBYSCORE', KEYS[2], '-inf', text(now))) do
    redis.call('ZREM', KEYS[2], ended)
    redis.call('HDEL', KEYS[1], ended)
  end
  local sum, all = 0, redis.call('HGETALL', KEYS[1])
  for i = 1, #all, 2 do
    if all[i] ~= without then sum = sum + tonumber(string.match(all[i + 1], ':(%d+)$')) end
  end
  return sum
end
`;

/**
 * ARGV: gateway, generation, viewers, life in ms, moment. An older generation of the same gateway says nothing more.
 * Answers the viewers in the other gateways.
 */
export const REPORT = script(
  "report viewers",
  `${SUM}
local now = moment(ARGV[5])
local before = redis.call('HGET', KEYS[1], ARGV[1])
if not before or tonumber(string.match(before, '^%d+')) <= tonumber(ARGV[2]) then
  if ARGV[3] == '0' then
    redis.call('HDEL', KEYS[1], ARGV[1])
    redis.call('ZREM', KEYS[2], ARGV[1])
  else
    redis.call('HSET', KEYS[1], ARGV[1], ARGV[2] .. ':' .. ARGV[3])
    redis.call('ZADD', KEYS[2], text(now + tonumber(ARGV[4])), ARGV[1])
    redis.call('PEXPIRE', KEYS[1], ARGV[4])
    redis.call('PEXPIRE', KEYS[2], ARGV[4])
  end
end
return sum(now, ARGV[1])
`,
);

/** ARGV: moment, gateway whose own count is left out. */
export const COUNT = script(
  "count viewers",
  `${SUM}
return sum(moment(ARGV[1]), ARGV[2])
`,
);

/** KEYS[1] the bucket. ARGV: life in ms, then uids. */
export const SEEN = script(
  "viewers seen",
  `
local uids = {}
for i = 2, #ARGV do uids[#uids + 1] = ARGV[i] end
redis.call('PFADD', KEYS[1], unpack(uids))
redis.call('PEXPIRE', KEYS[1], ARGV[1])
return 1
`,
);

/** KEYS[1] the salt. ARGV: one that nobody has. Answers the first that was given. */
export const SALT = script(
  "salt of viewers",
  `
redis.call('SET', KEYS[1], ARGV[1], 'NX')
return redis.call('GET', KEYS[1])
`,
);

export interface RedisPresenceOptions {
  /** This process among the gateways; a restart of the same one has a higher generation. */
  readonly gateway: { readonly id: string; readonly generation: number };
  /** How long a count holds without being reported again, ms: a gateway that died is counted for no longer. */
  readonly lifeMs: number;
  /** Span of one bucket of unique viewers, ms. */
  readonly bucketMs: number;
  /** Buckets that are kept. */
  readonly buckets: number;
  readonly clock?: SharedClock;
}

/** A count holds for three reports of 5 s; unique viewers by the hour for a day. */
export const PRESENCE_DEFAULTS = { lifeMs: 15_000, bucketMs: 3_600_000, buckets: 24 } as const;

/** Users of one command: they all lie on Lua's stack. */
const UIDS_AT_ONCE = 1_000;

/** How many viewers each room has, in all gateways together. */
export class RedisPresence {
  private readonly link: RedisLink;
  private readonly options: RedisPresenceOptions;

  constructor(link: RedisLink, options: RedisPresenceOptions) {
    this.link = link;
    this.options = options;
  }

  /**
   * What this gateway has in each room; 0 withdraws. To be repeated well within `lifeMs`. `told` is told the viewers that
   * each room has in the other gateways, as its report is in: one round trip for both.
   */
  async report(
    counts: Iterable<readonly [room: string, viewers: number]>,
    ctx: Context,
    told: (room: string, elsewhere: number) => void = () => undefined,
  ): Promise<void> {
    await callForEach(counts, async ([room, viewers]) => {
      told(room, await this.reportOne(room, viewers, ctx));
    });
  }

  /** Viewers in all gateways. */
  viewersOf(room: string, ctx: Context): Promise<number> {
    return this.count(room, "", ctx);
  }

  /** Viewers in the other gateways. */
  viewersElsewhere(room: string, ctx: Context): Promise<number> {
    return this.count(room, this.options.gateway.id, ctx);
  }

  /** Counts these users among the room's unique viewers of now. */
  async seen(room: string, uids: readonly string[], ctx: Context): Promise<void> {
    const { bucketMs, buckets } = this.options;
    const key = this.bucketKey(room, Math.floor(ctx.clock.wall() / bucketMs));
    for (let i = 0; i < uids.length; i += UIDS_AT_ONCE) {
      const args = [bucketMs * (buckets + 1), ...uids.slice(i, i + UIDS_AT_ONCE)];
      await this.link.run(SEEN, [key], args, { ctx, repeatable: true });
    }
  }

  /** What addresses are hashed with before they leave a gateway: the same in all of them, and nobody else's. */
  async salt(ctx: Context): Promise<string> {
    const key = this.link.key("viewer-salt", "all");
    return String(await this.link.run(SALT, [key], [randomUUID()], { ctx, repeatable: true }));
  }

  /** Different viewers of the last `buckets` buckets, the one of now included; within about one per cent. */
  async uniqueViewers(room: string, buckets: number, ctx: Context): Promise<number> {
    const newest = Math.floor(ctx.clock.wall() / this.options.bucketMs);
    const count = Math.min(buckets, this.options.buckets);
    const keys = Array.from({ length: count }, (_, i) => this.bucketKey(room, newest - i));
    const [key = this.bucketKey(room, newest)] = keys;
    const send = { name: "unique viewers", key, repeatable: true };
    return this.link.command(send, (client) => client.pfcount(...keys), ctx);
  }

  private async reportOne(room: string, viewers: number, ctx: Context): Promise<number> {
    const { gateway, lifeMs, clock = "server" } = this.options;
    const args = [gateway.id, gateway.generation, viewers, lifeMs, momentOf(clock, ctx)];
    return Number(await this.link.run(REPORT, this.keys(room), args, { ctx, repeatable: true }));
  }

  private async count(room: string, without: string, ctx: Context): Promise<number> {
    const args = [momentOf(this.options.clock ?? "server", ctx), without];
    return Number(await this.link.run(COUNT, this.keys(room), args, { ctx, repeatable: true }));
  }

  private keys(room: string): readonly [string, string] {
    return [this.link.key("viewers", room), this.link.key("viewers-until", room)];
  }

  private bucketKey(room: string, bucket: number): string {
    return this.link.key("unique", room, `:${bucket}`);
  }
}
