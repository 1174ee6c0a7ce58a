import { noPolicyCounts } from "@barrage/engine";
import { systemClock } from "@barrage/kernel";
import { createAuthority } from "../../auth/authority.ts";
import { clusterMetricsText } from "../../telemetry/cluster-metrics.ts";
import type { OwnerFigures } from "../../telemetry/metrics.ts";
import { openEdge } from "../edge.ts";
import type { Edge } from "../edge.ts";
import type { House } from "../house.ts";
import { openOperatorEdge } from "../operator-edge.ts";
import { ClusterEngine } from "./cluster-engine.ts";
import { dependenciesOf, kafkaMissing } from "./dependencies.ts";
import { clusterSeries } from "./figures.ts";
import type { RunningParts } from "./running-parts.ts";
import type { Ground } from "./servers.ts";

interface EdgeMakings {
  readonly webRoot: string | undefined;
  /** Processes that were in its place before; undefined where nobody supervises. */
  readonly restarts: () => number | undefined;
  readonly undo: AsyncDisposableStack;
}

export interface RoleEdge {
  readonly edge: Edge;
  /** Absent in production, and where no client is spoken to. */
  readonly devKey: string | undefined;
}

/** What clients and operators connect to, not listening yet. */
export async function roleEdgeOf(
  { house, cluster }: Ground,
  parts: RunningParts,
  { webRoot, restarts, undo }: EdgeMakings,
): Promise<RoleEdge> {
  const { role } = house.config.cluster;
  const dependencies = role === "embedded" ? [] : dependenciesOf(role, parts, cluster);
  const moreMetrics = (): Promise<string> => clusterMetricsText(clusterSeries(parts), restarts());
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
  const { ingest, gateway, log, rooms } = parts;
  if (ingest === undefined) return undefined;
  const { minMs } = config.engine.flush;
  return new ClusterEngine({
    ingest,
    gateway: gateway?.gateway,
    router: () => parts.router?.counts,
    logStats: () => log.stats,
    logAway: () => kafkaMissing(parts),
    roomCount: rooms,
    windowMs: () => Math.max(gateway?.windowMs ?? minMs, parts.router?.windowMs ?? minMs),
  });
}

/** What a router or archiver counts beside its partitions. */
function ownerOf(parts: RunningParts): OwnerFigures {
  const policies = noPolicyCounts();
  return {
    get totals() {
      return parts.router?.counts ?? { published: 0, muted: 0, policies };
    },
    get logStats() {
      return parts.log.stats;
    },
    get roomCount() {
      return parts.rooms();
    },
    get windowMs() {
      return parts.router?.windowMs ?? 0;
    },
  };
}
