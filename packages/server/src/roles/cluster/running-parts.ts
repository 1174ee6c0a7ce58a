import type { KafkaLog, RedisFeed, RedisLink, RedisWindow } from "@barrage/cluster";
import type { Lifecycle } from "@barrage/kernel";
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
  readonly window: RedisWindow | undefined;
  readonly feed: RedisFeed | undefined;
  readonly ingest: IngestWork | undefined;
  readonly gateway: GatewayWork | undefined;
  readonly router: RouterWork | undefined;
  readonly archiver: GroupWork | undefined;
  /** Rooms whose state this process has. */
  readonly rooms: () => number;
}

/** The parts of a lifecycle, as far as they have started when they are looked for. */
export function partsOf(lifecycle: Lifecycle, graph: Graph): RunningParts {
  return {
    get log() {
      return lifecycle.get(graph.log);
    },
    get redis() {
      return lifecycle.get(graph.redis);
    },
    get probe() {
      return lifecycle.get(graph.probe).asking;
    },
    get postgres() {
      return lifecycle.get(graph.postgres);
    },
    get window() {
      return lifecycle.find(graph.window);
    },
    get feed() {
      return lifecycle.find(graph.feed);
    },
    get ingest() {
      return lifecycle.find(graph.ingest);
    },
    get gateway() {
      return lifecycle.find(graph.gateway);
    },
    get router() {
      return lifecycle.find(graph.router);
    },
    get archiver() {
      return lifecycle.find(graph.archiver);
    },
    rooms: () => lifecycle.find(graph.states)?.rooms.figures.states.entries ?? 0,
  };
}
