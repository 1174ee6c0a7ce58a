import type { AddressInfo } from "node:net";
import { noPolicyCounts } from "@barrage/engine";
import { BarrageError } from "@barrage/protocol";
import { background, isCancelled, LifecycleError, systemClock } from "@barrage/kernel";
import type { Context, Lifecycle } from "@barrage/kernel";
import { createAuthority } from "../../auth/authority.ts";
import type { ClusterRole } from "../../config/cluster-section.ts";
import { instanceIdOf } from "../../config/cluster-section.ts";
import type { ServerConfig } from "../../config/schema.ts";
import { serverError } from "../../errors.ts";
import { clusterMetricsText } from "../../telemetry/cluster-metrics.ts";
import type { OwnerFigures } from "../../telemetry/metrics.ts";
import { openEdge } from "../edge.ts";
import type { Edge } from "../edge.ts";
import { openHouse, stopWithin, wayDownOf } from "../house.ts";
import type { House, HouseOptions } from "../house.ts";
import { openOperatorEdge } from "../operator-edge.ts";
import { ClusterEngine } from "./cluster-engine.ts";
import { dependenciesOf, kafkaMissing } from "./dependencies.ts";
import { clusterSeries } from "./figures.ts";
import { graphOf, lifecycleOf } from "./graph.ts";
import { partsOf } from "./running-parts.ts";
import type { RunningParts } from "./running-parts.ts";
import { loadClusterCode } from "./servers.ts";
import type { Ground } from "./servers.ts";

export interface RoleOptions extends HouseOptions {
  /** Folder of the built page. */
  readonly webRoot?: string;
  /** Cancelled: the start is given up. */
  readonly ctx?: Context;
  /** Processes that were in its place before; absent where nobody supervises. */
  readonly restarts?: number | undefined;
}

/** A role of a cluster that serves. */
export interface RunningRole {
  readonly role: ClusterRole;
  readonly address: AddressInfo;
  /** Where the goim framing is spoken on TCP; absent where it is not. */
  readonly subAddress: AddressInfo | undefined;
  /** For a program on this machine. */
  readonly url: string;
  /** For moderator links; absent in production, and where no client is spoken to. */
  readonly devKey: string | undefined;
  /** Drains in order within the configured deadline. Idempotent. Errors: SERVER_DRAIN_FORCED. */
  close(): Promise<void>;
  /** Makes a `close` under way, or the next one, wait for nobody. */
  force(): void;
}

/**
 * This process's part in a cluster: the servers it works with, its role on them, and its port.
 *
 * Errors     SERVER_CLUSTER_ABSENT, those of Kafka, Redis and PostgreSQL that waiting does not mend, those of listening;
 *            nothing stays open after a failed start.
 */
export async function startRole(config: ServerConfig, options: RoleOptions = {}): Promise<RunningRole> {
  const { role } = config.cluster;
  if (role === "embedded") throw serverError("SERVER_CONFIG_INVALID", { problems: "cluster.role" });
  await using undo = new AsyncDisposableStack();
  const house = await openHouse(config, options, undo);
  const ground = { house, ...(await loadClusterCode()) };
  const graph = graphOf(() => ground);
  const lifecycle = lifecycleOf(role, graph);
  undo.defer(() => stopWithin((ctx) => lifecycle.stop(ctx)));
  await begin(lifecycle, options.ctx ?? background);
  const { edge, devKey } = await edgeOf(ground, role, partsOf(lifecycle, graph), {
    webRoot: options.webRoot,
    restarts: options.restarts,
    undo,
  });
  const { address, url } = await edge.listen();

  // From here on the way down is in order.
  undo.move();
  const stop = { name: role, run: (ctx: Context) => lifecycle.stop(ctx) };
  const shutdown = wayDownOf(house, {
    orderly: [...edge.orderly, stop],
    release: edge.release,
    last: [stop],
  });
  house.log.info({ url, role, instanceId: instanceIdOf(config.cluster) }, "the role serves");
  return {
    role,
    address,
    subAddress: edge.subAddress,
    url,
    devKey,
    close: () => shutdown.run(),
    force: () => shutdown.force(),
  };
}

/** A start that failed says why in the words of what failed. */
async function begin(lifecycle: Lifecycle, ctx: Context): Promise<void> {
  try {
    await lifecycle.start(ctx);
  } catch (error) {
    ctx.throwIfCancelled();
    if (!(error instanceof LifecycleError)) throw error;
    // Parts that were called off because of it are not why.
    const causes = error.errors.filter((cause) => !isCancelled(cause));
    throw causes.find((cause) => BarrageError.is(cause)) ?? error;
  }
}

interface EdgeMakings {
  readonly webRoot: string | undefined;
  readonly restarts: number | undefined;
  readonly undo: AsyncDisposableStack;
}

interface RoleEdge {
  readonly edge: Edge;
  readonly devKey: string | undefined;
}

async function edgeOf(
  { house, cluster }: Ground,
  role: ClusterRole,
  parts: RunningParts,
  { webRoot, restarts, undo }: EdgeMakings,
): Promise<RoleEdge> {
  const dependencies = dependenciesOf(role, parts, cluster);
  const moreMetrics = (): Promise<string> => clusterMetricsText(clusterSeries(parts), restarts);
  const engine = engineOf(house, parts);
  if (engine === undefined) {
    const owner = ownerOf(parts);
    const edge = await openOperatorEdge(house, { dependencies, owner, moreMetrics }, undo);
    return { edge, devKey: undefined };
  }
  const { host, port, subPort } = house.config.server;
  const authority = createAuthority(house.config, systemClock);
  const edge = await openEdge(
    house,
    {
      engine,
      authority,
      place: { host, port, reusePort: false },
      subPort,
      webRoot,
      dependencies,
      takesViewers: parts.gateway !== undefined,
      moreMetrics,
    },
    undo,
  );
  return { edge, devKey: authority.devKey };
}

/** What clients are served with; undefined where none is spoken to. */
function engineOf({ config }: House, parts: RunningParts): ClusterEngine | undefined {
  const { ingest, gateway, router, log, rooms } = parts;
  if (ingest === undefined) return undefined;
  const { minMs } = config.engine.flush;
  return new ClusterEngine({
    ingest,
    gateway: gateway?.gateway,
    router: router?.counts,
    logStats: () => log.stats,
    logAway: () => kafkaMissing(parts),
    roomCount: rooms,
    windowMs: () => Math.max(gateway?.windowMs ?? minMs, router?.windowMs ?? minMs),
  });
}

/** What a router or archiver counts beside its partitions. */
function ownerOf({ router, log, rooms }: RunningParts): OwnerFigures {
  const policies = noPolicyCounts();
  return {
    get totals() {
      return router?.counts ?? { published: 0, muted: 0, policies };
    },
    get logStats() {
      return log.stats;
    },
    get roomCount() {
      return rooms();
    },
    get windowMs() {
      return router?.windowMs ?? 0;
    },
  };
}
