import type { KafkaLog, RedisFeed, RedisLink } from "@barrage/cluster";
import type { Lifecycle, Provider } from "@barrage/kernel";
import type { GatewayWork } from "./gateway.ts";
import type { Graph } from "./graph.ts";
import type { GroupWork } from "./group-work.ts";
import type { IngestWork } from "./ingest.ts";
import type { KafkaProbe } from "./kafka-probe.ts";
import type { RouterWork } from "./router.ts";
import type { GuardedPostgres } from "./servers.ts";

/** What runs in this process; what its role does not need is absent. */
export interface RunningParts {
  readonly log: KafkaLog;
  readonly redis: RedisLink;
  readonly probe: KafkaProbe;
  readonly postgres: GuardedPostgres;
  readonly feed: RedisFeed | undefined;
  readonly ingest: IngestWork | undefined;
  readonly gateway: GatewayWork | undefined;
  readonly router: RouterWork | undefined;
  readonly archiver: GroupWork | undefined;
  /** Rooms whose state this process has. */
  readonly rooms: () => number;
}

/** The parts of a lifecycle that has started. */
export function partsOf(lifecycle: Lifecycle, graph: Graph): RunningParts {
  const started = new Set(lifecycle.health().map(({ name }) => name));
  const find = <T>(part: Provider<T>): T | undefined =>
    started.has(part.name) ? lifecycle.get(part) : undefined;
  const states = find(graph.states);
  return {
    log: lifecycle.get(graph.log),
    redis: lifecycle.get(graph.redis),
    probe: lifecycle.get(graph.probe).asking,
    postgres: lifecycle.get(graph.postgres),
    feed: find(graph.feed),
    ingest: find(graph.ingest),
    gateway: find(graph.gateway),
    router: find(graph.router),
    archiver: find(graph.archiver),
    rooms: () => states?.rooms.figures.states.entries ?? 0,
  };
}
