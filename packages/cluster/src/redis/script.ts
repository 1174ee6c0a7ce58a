import { createHash } from "node:crypto";

/**
 * A Lua script that Redis runs as one step.
 *
 * Scripts rather than Redis Functions: a script's text travels with the first call that needs it, so a master that was
 * added or restarted needs no loading and no version; functions would have to be loaded to each by somebody.
 */
export interface Script {
  readonly name: string;
  readonly lua: string;
  readonly sha: string;
}

export function script(name: string, lua: string): Script {
  return { name, lua, sha: createHash("sha1").update(lua).digest("hex") };
}
