import { isCancelled, Scope, Ticker } from "@barrage/kernel";
import type { Context } from "@barrage/kernel";
import type { ErasedUsers } from "../../kafka/stores.ts";
import type { RedisLink } from "../redis-link.ts";
import { script } from "../script.ts";

/** KEYS[1] hash: uid to moment. KEYS[2] number of changes. ARGV: uid, moment. */
export const ADD = script(
  "erase user",
  `
local before = redis.call('HGET', KEYS[1], ARGV[1])
if not before or tonumber(before) < tonumber(ARGV[2]) then
  redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
end
return redis.call('INCR', KEYS[2])
`,
);

/** ARGV: number of changes that is known. Nothing when there is no other, else the number and everything. */
export const CHANGES = script(
  "erased users",
  `
local changes = redis.call('GET', KEYS[2]) or '0'
if changes == ARGV[1] then return {} end
return { changes, redis.call('HGETALL', KEYS[1]) }
`,
);

/** How often another process's erasures are looked for, ms: half of the second within which they must be known. */
const LOOK_MS = 500;

/**
 * Users that were erased: kept in Redis, and whole in the memory of each process, which asks for every record.
 *
 * Shape      one task that looks for changes; a look costs one small answer while there is none.
 * Bounds     one entry per user who was ever erased.
 */
export class RedisErased implements ErasedUsers, AsyncDisposable {
  private readonly link: RedisLink;
  private readonly scope: Scope;
  private readonly moments = new Map<string, number>();
  private changes = "none";

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

  private get keys(): readonly [string, string] {
    return [this.link.key("erased", "all"), this.link.key("erasures", "all")];
  }

  private note(uid: string, at: number): void {
    this.moments.set(uid, Math.max(at, this.moments.get(uid) ?? at));
  }

  private async look(ctx: Context): Promise<void> {
    const reply = await this.link.run(CHANGES, this.keys, [this.changes], { ctx, repeatable: true });
    const [changes, pairs] = Array.isArray(reply) ? (reply as readonly unknown[]) : [];
    if (!Array.isArray(pairs)) return;
    this.changes = String(changes);
    for (let i = 0; i < pairs.length; i += 2) this.note(String(pairs[i]), Number(pairs[i + 1]));
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
