import type { Context } from "@barrage/kernel";
import { instanceIdOf } from "../../config/cluster-section.ts";
import type { ClusterRole } from "../../config/cluster-section.ts";
import { rehearseRecords } from "./rehearse-records.ts";
import { rehearseViewers } from "./rehearse-viewers.ts";
import type { RunningParts } from "./running-parts.ts";
import { ARCHIVER_GROUP, ROUTER_GROUP } from "./servers.ts";
import type { Ground } from "./servers.ts";

/** Looked for, as a room is whose first record comes; whether there is one is all the same. */
const ROOM = "rehearsal";

/** The groups of the log that a role takes part in. */
const GROUPS_OF: Readonly<Record<ClusterRole, readonly string[]>> = {
  ingest: [],
  router: [ROUTER_GROUP],
  gateway: [],
  archiver: [ARCHIVER_GROUP],
  all: [ROUTER_GROUP, ARCHIVER_GROUP],
};

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
  const { role } = config.cluster;
  if (role === "embedded") return;
  const partition = log.partition(0);
  await partition.read(await partition.head(ctx), 1, ctx);
  for (const group of GROUPS_OF[role]) {
    await log.rehearse({ group, instanceId: instanceIdOf(config.cluster) }, ctx);
  }
  await window?.find(ROOM, ctx);
  await window?.read(ROOM, 0, 1, ctx);
  if (window !== undefined && GROUPS_OF[role].includes(ROUTER_GROUP)) {
    await rehearseRecords(config, { window }, ctx);
  }
  if (window === undefined || feed === undefined || gateway === undefined) return;
  await rehearseViewers(config, { window, feed }, ctx);
}
