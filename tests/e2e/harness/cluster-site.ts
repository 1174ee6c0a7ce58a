import {
  hasPostgres,
  hasRedisServer,
  missingForKafka,
  requireOrSkip,
  startKafka,
  startPostgres,
  startRedisCluster,
} from "@barrage/testkit";
import type { PostgresServer, RedisCluster, RunningKafka } from "@barrage/testkit";
import { NO_LIMITS } from "../../support/no-limits.ts";
import { startTogether } from "../../support/start-together.ts";
import { ServeProcess, temporaryFolder } from "./serve-process.ts";

/** Options of a suite that needs the three servers. */
export function needsCluster(): { skip?: string } {
  const needs = [
    requireOrSkip("kafka", missingForKafka() === undefined),
    requireOrSkip("redis-server", hasRedisServer()),
    requireOrSkip("postgresql", hasPostgres()),
  ];
  return needs.find(({ skip }) => skip !== undefined) ?? {};
}

export type Role = "ingest" | "router" | "gateway" | "archiver" | "all";

/** Partitions of the log: few, as each costs a follower. */
const PARTITIONS = 4;

/** One broker, three masters and a database, and the flags of roles on them. */
export class ClusterSite implements AsyncDisposable {
  readonly kafka: RunningKafka;
  readonly redis: RedisCluster;
  readonly postgres: PostgresServer;
  private readonly folder = temporaryFolder();

  private constructor(kafka: RunningKafka, redis: RedisCluster, postgres: PostgresServer) {
    this.kafka = kafka;
    this.redis = redis;
    this.postgres = postgres;
  }

  /** Of what the roles keep: the development issuer's secret, which they share. */
  get folderPath(): string {
    return this.folder.path;
  }

  static async start(): Promise<ClusterSite> {
    const servers = await startTogether<[RunningKafka, RedisCluster, PostgresServer]>(
      startKafka({ brokers: 1 }),
      startRedisCluster(),
      startPostgres(),
    );
    return new ClusterSite(...servers);
  }

  /** What all roles of this site are told; `more` by name of the setting. */
  settings(more: Readonly<Record<string, string>> = {}): Readonly<Record<string, string>> {
    return {
      "cluster.kafka.brokers": this.kafka.bootstrap.join(","),
      "cluster.kafka.partitions": String(PARTITIONS),
      "cluster.kafka.safety": "development",
      "cluster.redis.nodes": this.redis.nodes.map(({ port }) => `127.0.0.1:${port}`).join(","),
      "cluster.postgres.url": this.postgres.url(),
      "store.dir": this.folder.path,
      "server.shutdown-spread-ms": "200",
      ...more,
    };
  }

  /** A role as a process of its own, on a port of its own unless told otherwise. */
  run(
    role: Role,
    instance: string,
    {
      port = 0,
      more = {},
    }: { readonly port?: number; readonly more?: Readonly<Record<string, string>> } = {},
  ): Promise<ServeProcess> {
    const settings = this.settings({ "cluster.instance-id": instance, ...more });
    const flags = Object.entries(settings)
      .filter(([name]) => name !== "store.dir")
      .map(([name, value]) => `--${name}=${value}`);
    // These tests are the supervisor: what they kill and end is the role itself.
    const own = ["--role", role, "--no-cluster.supervised"];
    return ServeProcess.start(this.folder.path, [...own, ...flags, ...NO_LIMITS], port);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([
      this.kafka[Symbol.asyncDispose](),
      this.redis[Symbol.asyncDispose](),
      this.postgres[Symbol.asyncDispose](),
    ]);
    this.folder[Symbol.dispose]();
  }
}
