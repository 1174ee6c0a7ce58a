import { createHash } from "node:crypto";
import { textKey } from "@barrage/engine";
import type { Saying, UniqueModeStore } from "@barrage/engine";
import type { Context } from "@barrage/kernel";
import type { UniquePolicy } from "@barrage/protocol";
import { MOMENT, momentOf } from "../moment.ts";
import type { SharedClock } from "../moment.ts";
import type { RedisLink } from "../redis-link.ts";
import { script } from "../script.ts";

/**
 * KEYS[1] hash of one text: `i` id and `k` key of the danmaku that said it last, `n` which one of the room's it was, `t`
 * when. KEYS[2] how many the room has had. ARGV: id, key, seconds, count, moment.
 */
export const SAY = script(
  "unique mode",
  `${MOMENT}
local now = moment(ARGV[5])
local nth = tonumber(redis.call('GET', KEYS[2]) or '0')
local said = redis.call('HMGET', KEYS[1], 'i', 'k', 'n', 't')
if said[1] then
  if said[1] == ARGV[1] or (ARGV[2] ~= '' and said[2] == ARGV[2]) then return 0 end
  if nth - tonumber(said[3]) < tonumber(ARGV[4]) then
    local wait = tonumber(said[4]) + tonumber(ARGV[3]) * 1000 - now
    if wait > 0 then return math.ceil(wait) end
  end
end
nth = redis.call('INCR', KEYS[2])
redis.call('HSET', KEYS[1], 'i', ARGV[1], 'k', ARGV[2], 'n', nth, 't', text(now))
redis.call('PEXPIRE', KEYS[1], tonumber(ARGV[3]) * 1000)
redis.call('PEXPIRE', KEYS[2], 2 * tonumber(ARGV[3]) * 1000)
return 0
`,
);

/** ARGV: id. */
export const UNSAY = script(
  "unique mode undo",
  `
if redis.call('HGET', KEYS[1], 'i') ~= ARGV[1] then return 0 end
return redis.call('DEL', KEYS[1])
`,
);

/**
 * Unique mode that all ingest processes share: one round trip.
 *
 * Bounds     what was said is forgotten after the policy's seconds; a room's danmaku of that time are kept.
 */
export class RedisUniqueMode implements UniqueModeStore {
  private readonly link: RedisLink;
  private readonly clock: SharedClock;

  constructor(link: RedisLink, clock: SharedClock = "server") {
    this.link = link;
    this.clock = clock;
  }

  async enter(room: string, saying: Saying, { seconds, count }: UniquePolicy, ctx: Context): Promise<number> {
    const args = [saying.id, saying.key ?? "", seconds, count, momentOf(this.clock, ctx)];
    // Repeated after a lost answer it finds its own id.
    return Number(await this.link.run(SAY, this.keys(room, saying), args, { ctx, repeatable: true }));
  }

  async undo(room: string, saying: Saying, ctx: Context): Promise<void> {
    await this.link.run(UNSAY, this.keys(room, saying), [saying.id], { ctx, repeatable: true });
  }

  private keys(room: string, { content }: Saying): readonly [string, string] {
    const text = createHash("sha1").update(textKey(content)).digest("base64url");
    return [this.link.key("said", room, `:${text}`), this.link.key("said-count", room)];
  }
}
