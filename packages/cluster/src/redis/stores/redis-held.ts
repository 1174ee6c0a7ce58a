import type { HeldDanmaku, IdempotencyKey } from "@barrage/engine";
import type { Context } from "@barrage/kernel";
import { protocolError } from "@barrage/protocol";
import type { HeldStore, Release } from "../../kafka/stores.ts";
import type { Argument, RedisLink } from "../redis-link.ts";
import { script } from "../script.ts";
import type { Script } from "../script.ts";
import { decodeHeld, encodeHeld } from "./held-json.ts";
import type { HeldRow } from "./held-json.ts";

/**
 * One room's queue is two keys under one hash tag, and one for each that was released.
 *
 * KEYS[1]  hash: id to JSON.
 * KEYS[2]  sorted set: id by the order in which it came.
 */
export const PUT = script(
  "hold",
  `
if redis.call('HEXISTS', KEYS[1], ARGV[1]) == 1 then return 1 end
if redis.call('HLEN', KEYS[1]) >= tonumber(ARGV[3]) then return 0 end
local last = redis.call('ZREVRANGE', KEYS[2], 0, 0, 'WITHSCORES')[2]
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
redis.call('ZADD', KEYS[2], tonumber(last or 0) + 1, ARGV[1])
return 1
`,
);

/** ARGV: how many. */
export const LIST = script(
  "list held",
  `
local ids = redis.call('ZRANGE', KEYS[2], 0, tonumber(ARGV[1]) - 1)
if #ids == 0 then return {} end
return redis.call('HMGET', KEYS[1], unpack(ids))
`,
);

/** KEYS[3] seq of the released one. ARGV: id. */
export const ASK_RELEASE = script(
  "release held",
  `
local seq = redis.call('GET', KEYS[3])
if seq then return { 'released', seq } end
local row = redis.call('HGET', KEYS[1], ARGV[1])
if row then return { 'held', row } end
return { 'unknown' }
`,
);

/** KEYS[3] seq of the released one. ARGV: id, seq, how long that is remembered in ms. */
export const RELEASED = script(
  "held released",
  `
redis.call('SET', KEYS[3], ARGV[2], 'PX', ARGV[3])
redis.call('ZREM', KEYS[2], ARGV[1])
return redis.call('HDEL', KEYS[1], ARGV[1])
`,
);

/** ARGV: ids. */
export const DISMISS = script(
  "dismiss held",
  `
redis.call('ZREM', KEYS[2], unpack(ARGV))
return redis.call('HDEL', KEYS[1], unpack(ARGV))
`,
);

export interface RedisHeldOptions {
  /** Danmaku that may wait in one room. */
  readonly roomMax: number;
  /** How long a repeated release is answered like the first, ms. */
  readonly releasedLifeMs: number;
}

type Keys = readonly [string, string, ...string[]];

/** Rows that are taken out of a queue at once: `unpack` puts them on Lua's stack, which holds some 8,000. */
const AT_ONCE = 1_000;

/**
 * Danmaku that wait for a moderator.
 *
 * Bounds     `roomMax` in each room; over it BARRAGE_OVERLOADED.
 */
export class RedisHeld implements HeldStore {
  private readonly link: RedisLink;
  private readonly options: RedisHeldOptions;

  constructor(link: RedisLink, options: RedisHeldOptions) {
    this.link = link;
    this.options = options;
  }

  async put(held: HeldDanmaku, key: IdempotencyKey | undefined, ctx: Context): Promise<void> {
    const { room } = held;
    // First, and for ever: the rooms that `erase` has to look into.
    const rooms = this.rooms;
    await this.link.command(
      { name: "held room", key: rooms, repeatable: true },
      (client) => client.sadd(rooms, room),
      ctx,
    );
    const { id } = held.entry;
    const taken = await this.run(
      PUT,
      this.keys(room),
      [id, encodeHeld(held, key), this.options.roomMax],
      ctx,
    );
    if (taken === 0) throw protocolError("BARRAGE_OVERLOADED");
  }

  async list(room: string, limit: number, ctx: Context): Promise<readonly HeldDanmaku[]> {
    const rows = await this.rows(room, limit, ctx);
    return rows.map(({ held }) => held);
  }

  async find(room: string, id: string, ctx: Context): Promise<HeldDanmaku | undefined> {
    const [key] = this.keys(room);
    const send = { name: "find held", key, repeatable: true };
    const text = await this.link.command(send, (client) => client.hget(key, id), ctx);
    return text === null ? undefined : decodeHeld(room, text).held;
  }

  async release(room: string, id: string, ctx: Context): Promise<Release | undefined> {
    const reply = await this.run(ASK_RELEASE, this.keysOf(room, id), [id], ctx);
    const [status, text] = Array.isArray(reply) ? reply.map(String) : [];
    if (status === "released") return { status, seq: Number(text) };
    if (status !== "held" || text === undefined) return undefined;
    const { key } = decodeHeld(room, text);
    return { status, ...(key === undefined ? {} : { key }) };
  }

  async released(room: string, id: string, seq: number, ctx: Context): Promise<void> {
    await this.run(RELEASED, this.keysOf(room, id), [id, seq, this.options.releasedLifeMs], ctx);
  }

  async dismiss(room: string, id: string, ctx: Context): Promise<boolean> {
    return (await this.run(DISMISS, this.keys(room), [id], ctx)) === 1;
  }

  async erase(uid: string, ctx: Context): Promise<number> {
    const key = this.rooms;
    const send = { name: "held rooms", key, repeatable: true };
    const rooms = await this.link.command(send, (client) => client.smembers(key), ctx);
    let erased = 0;
    for (const room of rooms) {
      const [rows] = this.keys(room);
      const all = { name: "all held", key: rows, repeatable: true };
      const texts = await this.link.command(all, (client) => client.hvals(rows), ctx);
      const ids = texts
        .map((text) => decodeHeld(room, text).held.entry)
        .filter(({ author }) => author.uid === uid);
      for (let i = 0; i < ids.length; i += AT_ONCE) {
        const some = ids.slice(i, i + AT_ONCE).map(({ id }) => id);
        erased += Number(await this.run(DISMISS, this.keys(room), some, ctx));
      }
    }
    return erased;
  }

  private async rows(room: string, limit: number, ctx: Context): Promise<readonly HeldRow[]> {
    if (limit < 1) return [];
    const reply = await this.run(LIST, this.keys(room), [Math.min(limit, AT_ONCE)], ctx);
    return (Array.isArray(reply) ? reply : []).map((text) => decodeHeld(room, String(text)));
  }

  private run(what: Script, keys: Keys, args: readonly Argument[], ctx: Context): Promise<unknown> {
    return this.link.run(what, keys, args, { ctx, repeatable: true });
  }

  private keys(room: string): Keys {
    return [this.link.key("held", room), this.link.key("held-order", room)];
  }

  private keysOf(room: string, id: string): Keys {
    return [...this.keys(room), this.link.key("released", room, `:${id}`)];
  }

  private get rooms(): string {
    return this.link.key("held-rooms", "all");
  }
}
