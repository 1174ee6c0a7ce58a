import type { RoomCatalog } from "@barrage/engine";
import type { Context } from "@barrage/kernel";
import { MOMENT, momentOf } from "../moment.ts";
import type { SharedClock } from "../moment.ts";
import type { RedisLink } from "../redis-link.ts";
import { roomPages } from "../room-pages.ts";
import { script } from "../script.ts";

/**
 * KEYS[1] sorted set: rooms by the moment their place was last taken, `inf` of those that the catalogue has.
 * ARGV: room, places in all, life of a place in ms, moment. Answers 1 or 0, and how many are taken then.
 */
export const TAKE_PLACE = script(
  "take a room's place",
  `${MOMENT}
local now = moment(ARGV[4])
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', text(now - tonumber(ARGV[3])))
local taken = redis.call('ZCARD', KEYS[1])
if not redis.call('ZSCORE', KEYS[1], ARGV[1]) then
  if taken >= tonumber(ARGV[2]) then return { 0, taken } end
  taken = taken + 1
end
redis.call('ZADD', KEYS[1], 'GT', text(now), ARGV[1])
return { 1, taken }
`,
);

/** KEYS[1] as above. ARGV: rooms that keep their places for good. */
export const KEEP_PLACES = script(
  "keep rooms' places",
  `
for _, room in ipairs(ARGV) do redis.call('ZADD', KEYS[1], 'inf', room) end
return 1
`,
);

export interface RoomPlacesOptions {
  /** Rooms that there may be. */
  readonly max: number;
  /** How long a place is kept for a room that the catalogue does not have, ms. */
  readonly lifeMs: number;
  readonly clock?: SharedClock;
}

/** An hour is longer than an archiver is behind; a room that came to nothing holds its place no longer. */
export const PLACE_LIFE_MS = 3_600_000;

export interface PlaceTaken {
  readonly isTaken: boolean;
  /** Places taken after it. */
  readonly taken: number;
}

/**
 * Which rooms have a place, of as many as there may be.
 *
 * Shape      one key, so one node: it is asked when a room is made, never for a danmaku.
 * Bounds     of rooms that are made at once no more get a place than are free: RD-85.
 * Cost       `take` one round trip; some 130 bytes a room on that node.
 */
export class RedisRoomPlaces {
  private readonly link: RedisLink;
  private readonly options: RoomPlacesOptions;
  private readonly key: string;

  constructor(link: RedisLink, options: RoomPlacesOptions) {
    this.link = link;
    this.options = options;
    this.key = link.key("rooms", "places");
  }

  async take(room: string, ctx: Context): Promise<PlaceTaken> {
    const { max, lifeMs, clock = "server" } = this.options;
    const args = [room, max, lifeMs, momentOf(clock, ctx)];
    const reply = await this.link.run(TAKE_PLACE, [this.key], args, { ctx, repeatable: true });
    const [isTaken, taken] = Array.isArray(reply) ? reply.map(Number) : [];
    return { isTaken: isTaken === 1, taken: taken ?? 0 };
  }

  /** Every room of the catalogue has its place from now on: one that Redis lost, and one that was never asked for. */
  async recount(catalog: Pick<RoomCatalog, "ids">, ctx: Context): Promise<void> {
    const pages = roomPages((after, limit, own) => catalog.ids(after, limit, own), ctx);
    for await (const ids of pages)
      await this.link.run(KEEP_PLACES, [this.key], ids, { ctx, repeatable: true });
  }
}
