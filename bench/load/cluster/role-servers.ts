import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { background, sleep } from "@barrage/kernel";
import { NO_LIMITS } from "../../../tests/support/no-limits.ts";
import { figuresOfAll } from "../process-stat.ts";
import { startServerProcess } from "../server-process.ts";
import type { BenchServer } from "../server-process.ts";
import { startOutsideServers, TOPOLOGIES } from "./outside-servers.ts";
import type { OutsideServers, Topology } from "./outside-servers.ts";
import { startTogether } from "../../../tests/support/start-together.ts";

const MAIN = fileURLToPath(new URL("../../../apps/cli/src/main.ts", import.meta.url));

export const ROLES = ["ingest", "router", "gateway", "archiver"] as const;
export type Role = (typeof ROLES)[number];

export interface ClusterOptions {
  readonly topology: Topology;
  readonly partitions: number;
  /** Of the flush window, ms. */
  readonly window: { readonly minMs: number; readonly maxMs: number };
  /** More flags for every role. */
  readonly flags?: readonly string[];
}

/** Barrage by role, one process of each, on servers of its own. */
export interface RunningCluster extends AsyncDisposable {
  readonly outside: OutsideServers;
  readonly roles: Readonly<Record<Role, BenchServer>>;
  /** All of it as one server, met at its gateway, whose figures have each process's CPU. */
  readonly whole: BenchServer;
}

/** A start on a full machine takes its time (ms); past this it is broken. */
const READY_WITHIN_MS = 120_000;
const ASK_EVERY_MS = 500;

/** The config file of every role: what they share. */
function configOf({ kafka, redis, postgres }: OutsideServers, options: ClusterOptions): object {
  const { topology, partitions, window } = options;
  return {
    server: { shutdownSpreadMs: 0 },
    engine: { flush: window },
    telemetry: { logLevel: "warn" },
    cluster: {
      kafka: { brokers: kafka.bootstrap, partitions, safety: TOPOLOGIES[topology].safety },
      redis: { nodes: redis.nodes.map(({ port }) => `127.0.0.1:${port}`) },
      postgres: { url: postgres.url() },
    },
  };
}

/** Resolves when the role says that all it depends on is there. */
async function ready(role: Role, { host, port }: BenchServer): Promise<void> {
  const end = performance.now() + READY_WITHIN_MS;
  let last = "";
  while (performance.now() < end) {
    const response = await fetch(`http://${host}:${port}/readyz`);
    if (response.ok) return;
    last = await response.text();
    await sleep(ASK_EVERY_MS, background);
  }
  throw new Error(`${role} is not ready: ${last}`);
}

/** Starts servers and roles; all are ready. Rate limits are off. */
export async function startCluster(options: ClusterOptions): Promise<RunningCluster> {
  await using undo = new AsyncDisposableStack();
  const outside = undo.use(await startOutsideServers(options.topology));
  const config = join(outside.folder, "cluster.json");
  writeFileSync(config, JSON.stringify(configOf(outside, options)));
  const start = (role: Role): Promise<BenchServer> => {
    // One data folder for all: it holds the key of the development issuer, which they share.
    const place = ["--port", "0", "--data", join(outside.folder, "data"), "--config", config];
    // What is measured is the role alone, without a supervisor and its spare.
    const flags = [...NO_LIMITS, "--no-cluster.supervised", ...(options.flags ?? [])];
    return startServerProcess([MAIN, "serve", "--role", role, ...place, ...flags], { pin: false });
  };
  const [ingest, router, gateway, archiver] = await startTogether<
    [BenchServer, BenchServer, BenchServer, BenchServer]
  >(start("ingest"), start("router"), start("gateway"), start("archiver"));
  undo.use(ingest);
  undo.use(router);
  undo.use(gateway);
  undo.use(archiver);
  const roles = { ingest, router, gateway, archiver };
  await Promise.all(ROLES.map((role) => ready(role, roles[role])));
  const { host, port } = gateway;
  const all = undo.move();
  const end = (): Promise<void> => all.disposeAsync();
  const figures = () =>
    figuresOfAll({
      ...outside.figures(),
      ...Object.fromEntries(ROLES.map((role) => [role, roles[role].figures()])),
    });
  const whole: BenchServer = { host, port, isPinned: false, figures, [Symbol.asyncDispose]: end };
  return { outside, roles, whole, [Symbol.asyncDispose]: end };
}
