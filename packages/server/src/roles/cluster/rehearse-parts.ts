import type { Context } from "@barrage/kernel";
import { rehearseViewers } from "./rehearse-viewers.ts";
import type { RunningParts } from "./running-parts.ts";
import type { Ground } from "./servers.ts";

/** Looked for, as a room is whose first record comes; whether there is one is all the same. */
const ROOM = "rehearsal";

/**
 * Does once what is done for the first clients and records, so that they find its code loaded and compiled. Nobody
 * notices: it reads a little, and writes nothing.
 *
 * Errors     those of the servers, where they are away.
 */
export async function rehearseParts(
  { house: { config } }: Ground,
  { log, window, feed, gateway }: RunningParts,
  ctx: Context,
): Promise<void> {
  const partition = log.partition(0);
  await partition.read(await partition.head(ctx), 1, ctx);
  await window?.find(ROOM, ctx);
  await window?.read(ROOM, 0, 1, ctx);
  if (window === undefined || feed === undefined || gateway === undefined) return;
  await rehearseViewers(config, { window, feed }, ctx);
}
