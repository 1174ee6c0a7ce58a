import type { Context } from "@barrage/kernel";
import { MOMENT, momentOf } from "../moment.ts";
import type { SharedClock } from "../moment.ts";
import type { RedisLink } from "../redis-link.ts";
import { script } from "../script.ts";
import type { Script } from "../script.ts";
import { SIGNAL_GROUP, signalStream } from "./redis-signals.ts";

/**
 * The rooms of one stream of signals whose streamer is there, under the stream's tag.
 *
 * KEYS[1]  sorted set: room by the moment at which something is to happen, by the node's clock.
 * KEYS[2]  hash: room to what it is and an id: `l` live since the signal with that id, `m` its deadline was missed and its
 *          end is being written, `e` ended by the signal with that id: older signals count no more.
 * KEYS[3]  the stream.
 */
const SESSION = `${MOMENT}
local function session(room)
  local s = redis.call('HGET', KEYS[2], room)
  if not s then return '', '' end
  return string.sub(s, 1, 1), string.sub(s, 2)
end
local function is(room, kind, id, at)
  redis.call('HSET', KEYS[2], room, kind .. id)
  redis.call('ZADD', KEYS[1], text(at), room)
end
local function gone(room)
  redis.call('HDEL', KEYS[2], room)
  redis.call('ZREM', KEYS[1], room)
end
local function isAfter(id, other)
  local ms, n = string.match(id, '^(%d+)-(%d+)$')
  local otherMs, otherN = string.match(other, '^(%d+)-(%d+)$')
  if ms ~= otherMs then return tonumber(ms) > tonumber(otherMs) end
  return tonumber(n) > tonumber(otherN)
end
`;

/** ARGV: room, signal, moment, timeout in ms. Answers the signal that the room is live since; empty for one of before its end. */
export const BEAT = script(
  "heartbeat",
  `${SESSION}
local kind, id = session(ARGV[1])
if kind == 'e' and not isAfter(ARGV[2], id) then return '' end
if kind ~= 'l' or id == '' then id = ARGV[2] end
is(ARGV[1], 'l', id, moment(ARGV[3]) + tonumber(ARGV[4]))
return id
`,
);

/** ARGV: room, signal, moment, how long the end is remembered in ms. Answers the signal that it was live since, or nothing. */
export const END = script(
  "end of a stream",
  `${SESSION}
local kind, id = session(ARGV[1])
if kind == 'e' and not isAfter(ARGV[2], id) then return '' end
is(ARGV[1], 'e', ARGV[2], moment(ARGV[3]) + tonumber(ARGV[4]))
if kind == 'e' then return '' end
return id
`,
);

/**
 * ARGV: moment, lease in ms, longest wait for signals that are not handled yet in ms, rooms at most, the group. Answers rooms and
 * the signals that they were live since; each comes again after the lease, unless `OVER` says that it was dealt with.
 */
export const MISSED = script(
  "missed heartbeats",
  `${SESSION}
local now = moment(ARGV[1])
local due = now
local groups = redis.pcall('XINFO', 'GROUPS', KEYS[3])
for _, group in ipairs(groups) do
  local of = {}
  for i = 1, #group, 2 do of[group[i]] = group[i + 1] end
  -- A heartbeat that has come and was not handled yet was not missed.
  local waiting = (of.lag or 0) + (of.pending or 0)
  if of.name == ARGV[5] and waiting > 0 then due = now - tonumber(ARGV[3]) end
end
local missed = {}
for _, room in ipairs(redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', text(due), 'LIMIT', 0, ARGV[4])) do
  local kind, id = session(room)
  if kind == 'l' or kind == 'm' then
    is(room, 'm', id, now + tonumber(ARGV[2]))
    missed[#missed + 1], missed[#missed + 2] = room, id
  else
    gone(room)
  end
end
return missed
`,
);

/** ARGV: room, the signal that it was live since. */
export const OVER = script(
  "missed heartbeat dealt with",
  `${SESSION}
local kind, id = session(ARGV[1])
if kind ~= 'm' or id ~= ARGV[2] then return 0 end
gone(ARGV[1])
return 1
`,
);

/** ARGV: room, moment, timeout in ms. One that is known already stays as it is. */
export const EXPECT = script(
  "expect heartbeats",
  `${SESSION}
local kind = session(ARGV[1])
if kind ~= '' then return 0 end
is(ARGV[1], 'l', '', moment(ARGV[2]) + tonumber(ARGV[3]))
return 1
`,
);

/** ARGV: room. Answers the signal that the room is live since, or nothing. */
export const SINCE = script(
  "live since",
  `${SESSION}
local kind, id = session(ARGV[1])
if kind == 'l' then return id end
return ''
`,
);

export const SESSION_SCRIPTS: readonly Script[] = [BEAT, END, MISSED, OVER, EXPECT, SINCE];

/** A room whose deadline has passed. */
export interface MissedRoom {
  readonly room: string;
  /** The signal that it was live since; empty for one that was only expected. */
  readonly since: string;
}

export interface LiveSessionsOptions {
  readonly timeoutMs: number;
  /** How long an end is remembered, so that signals from before it that arrive after it count no more, ms. */
  readonly endedMs: number;
  /** How long the coordinator that is told of a missed deadline may take before another is told, ms. */
  readonly leaseMs: number;
  readonly clock?: SharedClock;
}

/** Rooms whose deadlines are looked at in one step. */
const MISSED_AT_ONCE = 100;

/**
 * Which rooms have a streamer that is still there, known to all coordinators together.
 *
 * Shape      each call is one atomic step on the node of the room's stream of signals. Moments are that node's.
 */
export class LiveSessions {
  private readonly link: RedisLink;
  private readonly options: LiveSessionsOptions;

  constructor(link: RedisLink, options: LiveSessionsOptions) {
    this.link = link;
    this.options = options;
  }

  /** The streamer was there. The signal that the room is live since; undefined for a heartbeat from before its end. */
  async beat(stream: number, room: string, entry: string, ctx: Context): Promise<string | undefined> {
    const since = await this.run(BEAT, stream, [room, entry, this.now(ctx), this.options.timeoutMs], ctx);
    return since === "" ? undefined : String(since);
  }

  /** No heartbeat is expected any more. Answers whether one was. */
  async end(stream: number, room: string, entry: string, ctx: Context): Promise<boolean> {
    const since = await this.run(END, stream, [room, entry, this.now(ctx), this.options.endedMs], ctx);
    return since !== "";
  }

  async missed(stream: number, ctx: Context): Promise<readonly MissedRoom[]> {
    const { leaseMs, timeoutMs } = this.options;
    const args = [this.now(ctx), leaseMs, timeoutMs, MISSED_AT_ONCE, SIGNAL_GROUP];
    const reply = await this.run(MISSED, stream, args, ctx);
    const texts = Array.isArray(reply) ? reply.map(String) : [];
    return texts.flatMap((room, i) => (i % 2 === 0 ? [{ room, since: texts[i + 1] ?? "" }] : []));
  }

  /** The room's end is written. */
  async over(stream: number, { room, since }: MissedRoom, ctx: Context): Promise<void> {
    await this.run(OVER, stream, [room, since], ctx);
  }

  /** The room is live, as far as is known: its streamer gets one deadline to be heard of. */
  async expect(stream: number, room: string, ctx: Context): Promise<void> {
    await this.run(EXPECT, stream, [room, this.now(ctx), this.options.timeoutMs], ctx);
  }

  async isLiveSince(stream: number, room: string, since: string, ctx: Context): Promise<boolean> {
    return (await this.run(SINCE, stream, [room], ctx)) === since;
  }

  private now(ctx: Context): string | number {
    return momentOf(this.options.clock ?? "server", ctx);
  }

  private run(
    what: Script,
    stream: number,
    args: readonly (string | number)[],
    ctx: Context,
  ): Promise<unknown> {
    const tag = String(stream);
    const keys = [this.link.key("deadlines", tag), this.link.key("live", tag)] as const;
    return this.link.run(what, [...keys, signalStream(this.link, stream)], args, { ctx, repeatable: true });
  }
}
