import { isCancelled, Scope, Ticker } from "@barrage/kernel";
import type { Context } from "@barrage/kernel";
import type { ErasedUsers } from "../../kafka/stores.ts";
import type { RedisLink } from "../redis-link.ts";
import { script } from "../script.ts";

/** Of all scripts. KEYS: moments by uid (hash), number of the last change, numbers by uid (sorted set). ARGV here: uid, moment. */
export const ADD = script(
  "erase user",
  `
local before = redis.call('HGET', KEYS[1], ARGV[1])
if before and tonumber(before) >= tonumber(ARGV[2]) then return end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
redis.call('ZADD', KEYS[3], redis.call('INCR', KEYS[2]), ARGV[1])
`,
);

/**
 * ARGV: the last change that is known, its uid, changes at most. Those after it, in order: the number of the last, then
 * uid and moment of each. From the first on where the known one is not there as it was: a failover may have lost it, and
 * its number may be another's by now.
 */
export const CHANGES = script(
  "erased users",
  `
if redis.call('ZCARD', KEYS[3]) < redis.call('HLEN', KEYS[1]) then
  -- Before there were numbers by uid a moment was all that was kept.
  for _, uid in ipairs(redis.call('HKEYS', KEYS[1])) do
    if not redis.call('ZSCORE', KEYS[3], uid) then
      redis.call('ZADD', KEYS[3], redis.call('INCR', KEYS[2]), uid)
    end
  end
end
local from = redis.call('ZSCORE', KEYS[3], ARGV[2]) == ARGV[1] and '(' .. ARGV[1] or '-inf'
local uids = redis.call('ZRANGEBYSCORE', KEYS[3], from, '+inf', 'LIMIT', 0, ARGV[3])
if #uids == 0 then return {} end
local moments = redis.call('HMGET', KEYS[1], unpack(uids))
local reply = { redis.call('ZSCORE', KEYS[3], uids[#uids]) }
for i, uid in ipairs(uids) do
  reply[2 * i] = uid
  reply[2 * i + 1] = moments[i]
end
return reply
`,
);

/** Users of one answer: some 50 KB, a fraction of a millisecond of the node. */
export const PAGE = 1_000;
/** How often another process's erasures are looked for, ms: half of the second within which they must be known. */
const LOOK_MS = 500;

/**
 * Users that were erased: kept in Redis, and whole in the memory of each process, which asks for every record.
 *
 * Shape      one task that looks for changes; a look costs one small answer while there is none.
 * Bounds     an answer has at most PAGE users (RD-89). In memory is a moment for each user who was ever erased: any record
 *            of the log may be theirs, and who reads one cannot wait for Redis.
 */
export class RedisErased implements ErasedUsers, AsyncDisposable {
  private readonly link: RedisLink;
  private readonly scope: Scope;
  private readonly moments = new Map<string, number>();
  /** The last change that is known. */
  private seen = { change: "0", uid: "" };

  private constructor(link: RedisLink, ctx: Context) {
    this.link = link;
    this.scope = new Scope(ctx, { name: "erased users", onError: "report" });
  }

  /** Resolves once every user erased so far is known. */
  static async open(link: RedisLink, ctx: Context): Promise<RedisErased> {
    const erased = new RedisErased(link, ctx);
    try {
      await erased.look(ctx);
      erased.scope.spawn((own) => erased.follow(own), { name: "erased users" });
      return erased;
    } catch (error) {
      await erased[Symbol.asyncDispose]();
      throw error;
    }
  }

  async add(uid: string, at: number, ctx: Context): Promise<void> {
    await this.link.run(ADD, this.keys, [uid, at], { ctx, repeatable: true });
    this.note(uid, at);
  }

  erasedUpTo(uid: string): number | undefined {
    return this.moments.get(uid);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.scope[Symbol.asyncDispose]();
  }

  private get keys(): readonly [string, string, string] {
    return [
      this.link.key("erased", "all"),
      this.link.key("erasures", "all"),
      this.link.key("erased-order", "all"),
    ];
  }

  private note(uid: string, at: number): void {
    this.moments.set(uid, Math.max(at, this.moments.get(uid) ?? at));
  }

  private async look(ctx: Context): Promise<void> {
    for (;;) {
      const { change, uid } = this.seen;
      const reply = await this.link.run(CHANGES, this.keys, [change, uid, PAGE], { ctx, repeatable: true });
      const [last, ...pairs] = Array.isArray(reply) ? (reply as readonly unknown[]) : [];
      for (let i = 0; i < pairs.length; i += 2) this.note(String(pairs[i]), Number(pairs[i + 1]));
      if (pairs.length > 0) this.seen = { change: String(last), uid: String(pairs.at(-2)) };
      if (pairs.length < 2 * PAGE) return;
    }
  }

  private async follow(ctx: Context): Promise<void> {
    using ticker = new Ticker(LOOK_MS, ctx);
    for await (const _ of ticker) {
      try {
        await this.look(ctx);
      } catch (error) {
        if (isCancelled(error)) throw error;
        // Redis is away; the next look finds what this one did not.
      }
    }
  }
}
