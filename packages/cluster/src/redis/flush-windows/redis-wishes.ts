import type { Context } from "@barrage/kernel";
import { callForEach } from "../calls-for-each.ts";
import { MOMENT, momentOf } from "../moment.ts";
import type { SharedClock } from "../moment.ts";
import type { RedisLink } from "../redis-link.ts";
import { script } from "../script.ts";

/** KEYS[1] hash: gateway to `ms:until`. ARGV: gateway, ms (0 takes the wish back), life in ms, moment. */
export const WISH = script(
  "wish for a flush window",
  `${MOMENT}
if ARGV[2] == '0' then
  redis.call('HDEL', KEYS[1], ARGV[1])
else
  redis.call('HSET', KEYS[1], ARGV[1], ARGV[2] .. ':' .. text(moment(ARGV[4]) + tonumber(ARGV[3])))
  redis.call('PEXPIRE', KEYS[1], ARGV[3])
end
return 1
`,
);

/** KEYS[1] as above. ARGV: moment. Answers the longest wish that holds, 0 without one. */
export const LONGEST_WISH = script(
  "longest flush window wished",
  `${MOMENT}
local now, longest, all = moment(ARGV[1]), 0, redis.call('HGETALL', KEYS[1])
for i = 1, #all, 2 do
  local ms, ends = string.match(all[i + 1], '^(%d+):(.+)$')
  if tonumber(ends) <= now then
    redis.call('HDEL', KEYS[1], all[i])
  else
    longest = math.max(longest, tonumber(ms))
  end
end
return longest
`,
);

export interface RedisWishesOptions {
  /** This process among the gateways; empty where there are no viewers. */
  readonly gateway: string;
  /** How long a wish holds without being repeated, ms: a gateway that died slows its rooms no longer. */
  readonly lifeMs: number;
  readonly clock?: SharedClock;
}

/** How long a room's flush window each gateway wishes for, by its own load. One round trip a room. */
export class RedisWishes {
  private readonly link: RedisLink;
  private readonly options: RedisWishesOptions;

  constructor(link: RedisLink, options: RedisWishesOptions) {
    this.link = link;
    this.options = options;
  }

  /** This gateway's wishes, whole ms; 0 takes one back. To be repeated well within `lifeMs`. `told` as each is in. */
  async tell(
    wishes: Iterable<readonly [room: string, ms: number]>,
    ctx: Context,
    told: (room: string) => void = () => undefined,
  ): Promise<void> {
    const { gateway, lifeMs, clock = "server" } = this.options;
    await callForEach(wishes, async ([room, ms]) => {
      const args = [gateway, ms, lifeMs, momentOf(clock, ctx)];
      await this.link.run(WISH, [this.keyOf(room)], args, { ctx, repeatable: true });
      told(room);
    });
  }

  /** The longest that some gateway wishes for in each room, ms; 0 where none does. `found` as each answer is in. */
  async longest(
    rooms: Iterable<string>,
    ctx: Context,
    found: (room: string, ms: number) => void,
  ): Promise<void> {
    await callForEach(rooms, async (room) => {
      const args = [momentOf(this.options.clock ?? "server", ctx)];
      const ms = await this.link.run(LONGEST_WISH, [this.keyOf(room)], args, { ctx, repeatable: true });
      found(room, Number(ms));
    });
  }

  private keyOf(room: string): string {
    return this.link.key("window-wishes", room);
  }
}
