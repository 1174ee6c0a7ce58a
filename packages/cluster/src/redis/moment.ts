import type { Context } from "@barrage/kernel";

/**
 * Whose clock counts where several processes share a moment: `server`, the clock of the node that has the key, so that
 * a caller's clock that is wrong or jumps changes nothing; `caller`, for tests that move time.
 */
export type SharedClock = "server" | "caller";

/** The argument that `MOMENT` reads. */
export const momentOf = (clock: SharedClock, ctx: Context): string | number =>
  clock === "caller" ? ctx.clock.wall() : "";

/** Lua: `moment(given)` is the wall clock in ms, the server's own when nothing is given. */
export const MOMENT = `
local function moment(given)
  if given ~= '' then return tonumber(given) end
  local t = redis.call('TIME')
  return tonumber(t[1]) * 1000 + math.floor(tonumber(t[2]) / 1000)
end
local function text(number) return string.format('%.17g', number) end
`;
