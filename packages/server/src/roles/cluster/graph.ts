import { Lifecycle, provider } from "@barrage/kernel";
import type { Provider } from "@barrage/kernel";
import type { ClusterRole } from "../../config/cluster-section.ts";
import { archiverOf } from "./archiver.ts";
import { gatewayOf } from "./gateway.ts";
import { ingestOf } from "./ingest.ts";
import { KafkaProbe } from "./kafka-probe.ts";
import { roomsOf } from "./rooms.ts";
import { routerOf } from "./router.ts";
import { serversOf } from "./servers.ts";
import type { Ground, Servers } from "./servers.ts";

/** Everything that any role is made of; what a role does not need is never started. */
export function graphOf(ground: () => Ground) {
  const servers = serversOf(ground);
  const rooms = roomsOf(ground, servers);
  const ingest = ingestOf(ground, servers, rooms);
  const gateway = gatewayOf(ground, servers, rooms, ingest);
  const router = routerOf(ground, servers, rooms);
  const archiver = archiverOf(ground, servers);
  return { ...servers, ...rooms, ...ingest, ...gateway, ...router, ...archiver, ...probeOf(ground, servers) };
}

export type Graph = ReturnType<typeof graphOf>;

/** What a role is for; what these need comes with them. */
export const ROLE_PARTS = {
  ingest: ["probe", "ingest"],
  router: ["probe", "router", "coordinator"],
  gateway: ["probe", "reports"],
  archiver: ["probe", "archiver"],
  all: ["probe", "ingest", "reports", "router", "coordinator", "archiver"],
} as const satisfies Readonly<Record<ClusterRole, readonly (keyof Graph)[]>>;

/**
 * Parts that nobody else notices, however many processes of one name have them: connections, and what is made over them
 * and begins nothing. A spare process has them already.
 */
export const QUIET_PARTS = {
  ingest: ["ingest"],
  router: ["redis", "log", "postgres", "window", "feed", "states"],
  gateway: ["gateway"],
  archiver: ["log", "postgres"],
  all: ["ingest", "gateway", "states"],
} as const satisfies Readonly<Record<ClusterRole, readonly (keyof Graph)[]>>;

/** One role of one process, not started. */
export function lifecycleOf(role: ClusterRole, graph: Graph): Lifecycle {
  const roots = ROLE_PARTS[role].map((name): Provider<unknown> => graph[name]);
  return new Lifecycle(roots, { name: role });
}

function probeOf(ground: () => Ground, { log }: Pick<Servers, "log">) {
  const probe = provider({
    name: "Kafka probe",
    needs: { log },
    start(needs) {
      const asking = new KafkaProbe((ctx) => needs.log.partition(0).head(ctx));
      const task = ground().house.scope.spawn((ctx) => asking.run(ctx), { name: "ask Kafka" });
      return { asking, task };
    },
    async stop({ task }) {
      task.cancel();
      await task.catch(() => undefined);
    },
    health: ({ asking }) => asking.away,
  });
  return { probe };
}
