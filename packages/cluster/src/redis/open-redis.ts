import type { Context } from "@barrage/kernel";
import { SESSION_SCRIPTS } from "./events/live-sessions.ts";
import { LONGEST_WISH, WISH } from "./flush-windows/redis-wishes.ts";
import { TAKE } from "./limits/redis-buckets.ts";
import { SPEAK } from "./limits/redis-slow-mode.ts";
import { SAY, UNSAY } from "./limits/redis-unique-mode.ts";
import { COUNT, REPORT, SALT, SEEN } from "./presence/redis-presence.ts";
import { RedisLink } from "./redis-link.ts";
import type { Script } from "./script.ts";
import type { RedisSettings } from "./settings.ts";
import { KEEP_PLACES, TAKE_PLACE } from "./states/redis-room-places.ts";
import { ADD, CHANGES } from "./stores/redis-erased.ts";
import { ASK_RELEASE, DISMISS, LIST, PUT, RELEASED } from "./stores/redis-held.ts";
import { CLAIM, GIVE_UP, LOOK_UP, SETTLE } from "./stores/redis-keys.ts";
import { WINDOW_SCRIPTS } from "./window/window-scripts.ts";

/** Every script of this package. */
const SCRIPTS: readonly Script[] = [
  WINDOW_SCRIPTS,
  [TAKE, SPEAK, SAY, UNSAY],
  [CLAIM, GIVE_UP, LOOK_UP, SETTLE],
  [ASK_RELEASE, DISMISS, LIST, PUT, RELEASED],
  [ADD, CHANGES],
  [COUNT, REPORT, SALT, SEEN],
  [LONGEST_WISH, WISH],
  [KEEP_PLACES, TAKE_PLACE],
  SESSION_SCRIPTS,
].flat();

/**
 * A link whose connections are up and whose scripts are loaded everywhere, for everything of this package.
 * `ctx` bounds the opening and gives the clock.
 *
 * Errors     REDIS_UNREACHABLE, REDIS_TOO_OLD; nothing is left open then.
 */
export const openRedis = (settings: RedisSettings, ctx: Context): Promise<RedisLink> =>
  RedisLink.open(settings, SCRIPTS, ctx);
