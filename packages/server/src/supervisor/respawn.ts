import type { ServerConfig } from "../config/schema.ts";

/** How long a process that dies again and again waits. */
export type RespawnPolicy = Readonly<ServerConfig["workers"]["respawn"]>;

/** Early deaths in a row, with one that lived for `ageMs`. */
export const failuresWith = ({ stableMs }: RespawnPolicy, before: number, ageMs: number): number =>
  ageMs < stableMs ? before + 1 : 0;

/** The first early death may be bad luck: no wait. From the second on it doubles. */
export const respawnWait = ({ baseMs, maxMs }: RespawnPolicy, failures: number): number =>
  failures < 2 ? 0 : Math.min(maxMs, baseMs * 2 ** (failures - 2));
