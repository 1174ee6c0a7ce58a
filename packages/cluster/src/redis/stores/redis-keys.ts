import { createHash } from "node:crypto";
import type { AppendOutcome, IdempotencyKey } from "@barrage/engine";
import type { Context } from "@barrage/kernel";
import { protocolError } from "@barrage/protocol";
import { clusterError } from "../../errors.ts";
import type { Claim, KeyStore } from "../../kafka/stores.ts";
import { MOMENT, momentOf } from "../moment.ts";
import type { SharedClock } from "../moment.ts";
import type { RedisLink } from "../redis-link.ts";
import { script } from "../script.ts";

/**
 * KEYS[1] hash: `h` body hash, `i` id of the first try, `l` end of its lease, and once settled `s` seq or `held`.
 * What is answered begins with the state.
 */
const FIND = `
local found = redis.call('HMGET', KEYS[1], 'h', 'i', 'l', 's')
if found[1] and found[1] ~= ARGV[1] then return { 'conflict' } end
if found[4] then return { 'settled', found[2], found[4] } end
`;

/** ARGV: body hash, id, lease in ms, life of the key in ms, moment. */
export const CLAIM = script(
  "claim key",
  `${MOMENT}${FIND}
local now = moment(ARGV[5])
if found[1] and tonumber(found[3]) > now then return { 'pending' } end
local id = found[2] or ARGV[2]
redis.call('HSET', KEYS[1], 'h', ARGV[1], 'i', id, 'l', text(now + tonumber(ARGV[3])))
redis.call('PEXPIRE', KEYS[1], ARGV[4])
return { 'claimed', id }
`,
);

/** ARGV: body hash. */
export const LOOK_UP = script("look up key", `${FIND} return { 'open' }`);

/** ARGV: body hash, id, seq or `held`, life of the key in ms. */
export const SETTLE = script(
  "settle key",
  `
redis.call('HSET', KEYS[1], 'h', ARGV[1], 'i', ARGV[2], 's', ARGV[3])
redis.call('PEXPIRE', KEYS[1], ARGV[4])
return 1
`,
);

/** ARGV: body hash, `release` or `abandon`. What is settled, or another body's, stays as it is. */
export const GIVE_UP = script(
  "give up key",
  `
local found = redis.call('HMGET', KEYS[1], 'h', 's')
if found[1] ~= ARGV[1] or found[2] then return 0 end
if ARGV[2] == 'release' then return redis.call('DEL', KEYS[1]) end
redis.call('HSET', KEYS[1], 'l', '0')
return 1
`,
);

export interface RedisKeysOptions {
  /** How long a key is remembered, ms. */
  readonly lifeMs: number;
  readonly clock?: SharedClock;
}

/** Idempotency keys in Redis: one round trip each; they expire by themselves. */
export class RedisKeys implements KeyStore {
  private readonly link: RedisLink;
  private readonly options: RedisKeysOptions;

  constructor(link: RedisLink, options: RedisKeysOptions) {
    this.link = link;
    this.options = options;
  }

  async claim(key: IdempotencyKey, id: string, leaseMs: number, ctx: Context): Promise<Claim> {
    const { lifeMs, clock = "server" } = this.options;
    const args = [key.bodyHash, id, leaseMs, lifeMs, momentOf(clock, ctx)];
    // Not repeated after a lost answer: it would find its own claim, and be told to wait.
    const reply = await this.link.run(CLAIM, [this.name(key)], args, { ctx, repeatable: false });
    const [status, first, settled] = words(reply);
    if (status === "claimed" && first !== undefined) return { status, id: first };
    if (status === "pending") return { status };
    return { status: "settled", outcome: this.outcomeOf(key, status, first, settled) };
  }

  async settle(key: IdempotencyKey, outcome: AppendOutcome, ctx: Context): Promise<void> {
    const settled = outcome.status === "held" ? "held" : outcome.seq;
    const args = [key.bodyHash, outcome.id, settled, this.options.lifeMs];
    await this.link.run(SETTLE, [this.name(key)], args, { ctx, repeatable: true });
  }

  release(key: IdempotencyKey, ctx: Context): Promise<void> {
    return this.giveUp(key, "release", ctx);
  }

  abandon(key: IdempotencyKey, ctx: Context): Promise<void> {
    return this.giveUp(key, "abandon", ctx);
  }

  async lookup(key: IdempotencyKey, ctx: Context): Promise<AppendOutcome | undefined> {
    const reply = await this.link.run(LOOK_UP, [this.name(key)], [key.bodyHash], { ctx, repeatable: true });
    const [status, id, settled] = words(reply);
    return status === "open" ? undefined : this.outcomeOf(key, status, id, settled);
  }

  /** Keys expire by themselves. */
  forget(): Promise<number> {
    return Promise.resolve(0);
  }

  private async giveUp(key: IdempotencyKey, how: "release" | "abandon", ctx: Context): Promise<void> {
    await this.link.run(GIVE_UP, [this.name(key)], [key.bodyHash, how], { ctx, repeatable: true });
  }

  private outcomeOf(key: IdempotencyKey, status?: string, id?: string, settled?: string): AppendOutcome {
    if (status === "conflict") throw protocolError("BARRAGE_IDEMPOTENCY_CONFLICT");
    if (id === undefined || settled === undefined)
      throw clusterError("REDIS_REFUSED", { operation: "key", key: key.id, reason: `it says ${status}` });
    return settled === "held" ? { status: "held", id } : { status: "appended", id, seq: Number(settled) };
  }

  /** Of one length whatever clients send, and nobody reads in it who said what. */
  private name({ scope, id }: IdempotencyKey): string {
    return this.link.key("key", createHash("sha256").update(`${scope}\n${id}`).digest("base64url"));
  }
}

const words = (reply: unknown): readonly string[] => (Array.isArray(reply) ? reply.map(String) : []);
