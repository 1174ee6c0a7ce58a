import type { EdgeEngine } from "@barrage/engine";
import { Lifecycle, systemClock } from "@barrage/kernel";
import type { Context } from "@barrage/kernel";
import { createAuthority } from "../../auth/authority.ts";
import type { ServerConfig } from "../../config/schema.ts";
import { createLogger } from "../../telemetry/logger.ts";
import { openEdge } from "../edge.ts";
import type { Edge } from "../edge.ts";
import { openHouse, stopWithin } from "../house.ts";
import type { House } from "../house.ts";
import { openOperatorEdge } from "../operator-edge.ts";
import { graphOf } from "./graph.ts";
import { loadClusterCode } from "./servers.ts";

/** Looked for, as a room is whose first viewer comes; whether there is one is all the same. */
const ROOM = "rehearsal";
/** Only handed on: nobody listens, so nothing is asked of it. */
const NOBODY = {} as EdgeEngine;

/**
 * Does once what a start does, so that the next one finds its code loaded and compiled: makes its edge, opens its
 * connections, reads a little, and closes everything again. It takes part in nothing: no group, no port, no room, no word
 * in the log.
 *
 * Errors     those of the lifecycle, where servers are away; nothing stays open.
 */
export async function rehearseRole(
  config: ServerConfig,
  webRoot: string | undefined,
  ctx: Context,
): Promise<void> {
  await using undo = new AsyncDisposableStack();
  const house = await openHouse(config, { log: createLogger({ level: "silent" }) }, undo);
  const edge = await edgeOf(house, webRoot, undo);
  for (const step of edge.release) await step.run(ctx);
  ctx.throwIfCancelled();
  const ground = { house, ...(await loadClusterCode()) };
  const { redis, log, postgres, window, feed, states } = graphOf(() => ground);
  const lifecycle = new Lifecycle([redis, log, postgres, window, feed, states], { name: "rehearsal" });
  undo.defer(() => stopWithin((own) => lifecycle.stop(own)));
  await lifecycle.start(ctx);
  const partition = lifecycle.get(log).partition(0);
  await partition.read(await partition.head(ctx), 1, ctx);
  const recent = lifecycle.get(window);
  await recent.find(ROOM, ctx);
  await recent.read(ROOM, 0, 1, ctx);
  using listening = lifecycle.get(feed).subscribe({ batch: () => undefined, interrupted: () => undefined });
  await listening.enter(ROOM, ctx);
  listening.leave(ROOM);
}

function edgeOf(house: House, webRoot: string | undefined, undo: AsyncDisposableStack): Promise<Edge> {
  const { role } = house.config.cluster;
  if (role === "router" || role === "archiver")
    return openOperatorEdge(house, { dependencies: [], moreMetrics: () => Promise.resolve("") }, undo);
  const { host } = house.config.server;
  const place = { host, port: 0, reusePort: false };
  const authority = createAuthority(house.config, systemClock);
  return openEdge(
    house,
    { engine: NOBODY, authority, place, subPort: null, webRoot, dependencies: [] },
    undo,
  );
}
