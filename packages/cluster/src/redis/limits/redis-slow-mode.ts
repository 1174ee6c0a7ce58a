import type { SlowModeStore } from "@barrage/engine";
import type { Context } from "@barrage/kernel";
import { MOMENT, momentOf } from "../moment.ts";
import type { SharedClock } from "../moment.ts";
import type { RedisLink } from "../redis-link.ts";
import { script } from "../script.ts";

/** KEYS[1] moment at which the user last spoke. ARGV: seconds, moment, life of the key in ms. */
export const SPEAK = script(
  "slow mode",
  `${MOMENT}
local now = moment(ARGV[2])
local last = redis.call('GET', KEYS[1])
if last then
  local wait = tonumber(last) + tonumber(ARGV[1]) * 1000 - now
  if wait > 0 then return math.ceil(wait) end
end
redis.call('SET', KEYS[1], text(now), 'PX', ARGV[3])
return 0
`,
);

/** Who spoke is remembered at least so long, ms: a room that becomes slower counts what was said before. */
const REMEMBERED_MS = 600_000;

/** Slow mode that all ingest processes share: one round trip. */
export class RedisSlowMode implements SlowModeStore {
  private readonly link: RedisLink;
  private readonly clock: SharedClock;

  constructor(link: RedisLink, clock: SharedClock = "server") {
    this.link = link;
    this.clock = clock;
  }

  async enter(room: string, uid: string, seconds: number, ctx: Context): Promise<number> {
    const args = [seconds, momentOf(this.clock, ctx), Math.max(seconds * 1_000, REMEMBERED_MS)];
    // Not repeated after a lost answer: it would find what it noted itself, and refuse.
    const wait = await this.link.run(SPEAK, [this.key(room, uid)], args, { ctx, repeatable: false });
    return Number(wait);
  }

  async undo(room: string, uid: string, ctx: Context): Promise<void> {
    const key = this.key(room, uid);
    await this.link.command(
      { name: "slow mode undo", key, repeatable: true },
      (client) => client.del(key),
      ctx,
    );
  }

  private key(room: string, uid: string): string {
    return this.link.key("spoke", `${room}/${uid}`);
  }
}
