import {
  findKafka,
  findPostgres,
  findRedis,
  PostgresServer,
  startKafka,
  startRedis,
} from "@barrage/launchers";
import type { RunningKafka, RunningRedis } from "@barrage/launchers";
import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startTogether } from "../../support/start-together.ts";

const PASSWORD = "faults";

/** What is missing for a site on this machine; undefined when all is there. */
export function missingServers(): string | undefined {
  const searches = [findKafka(process.env), findRedis(process.env), findPostgres(process.env)];
  const missing = searches.flatMap((search) => ("missing" in search ? search.missing : []));
  return missing.length === 0 ? undefined : missing.map(({ what }) => what).join(", ");
}

function programs<P>(search: { readonly programs: P } | { readonly missing: unknown }): P {
  if ("missing" in search) throw new Error(`missing is ${missingServers()}`);
  return search.programs;
}

/** Three brokers, three masters with a replica each, and PostgreSQL, of a run's own. */
export class Servers implements AsyncDisposable {
  readonly kafka: RunningKafka;
  readonly redis: RunningRedis;
  readonly postgres: PostgresServer;
  private readonly dir: string;

  private constructor(dir: string, kafka: RunningKafka, redis: RunningRedis, postgres: PostgresServer) {
    this.dir = dir;
    this.kafka = kafka;
    this.redis = redis;
    this.postgres = postgres;
  }

  static async start(): Promise<Servers> {
    const dir = mkdtempSync(join(tmpdir(), "barrage-faults-servers-"));
    // PostgreSQL does not run as root, and has to get into its folder.
    chmodSync(dir, 0o755);
    const servers = await startTogether<[RunningKafka, RunningRedis, PostgresServer]>(
      startKafka({
        programs: programs(findKafka(process.env)),
        dir: join(dir, "kafka"),
        keep: false,
        brokers: 3,
      }),
      startRedis({
        programs: programs(findRedis(process.env)),
        dir: join(dir, "redis"),
        keep: false,
        masters: 3,
        replicas: 1,
      }),
      PostgresServer.start({
        programs: programs(findPostgres(process.env)),
        dir: join(dir, "postgres"),
        keep: false,
        password: PASSWORD,
      }),
    );
    return new Servers(dir, ...servers);
  }

  get postgresUrl(): string {
    return this.postgres.url();
  }

  /** Folder of a broker, from 0: `data` in it is what it keeps. */
  brokerFolder(broker: number): string {
    return join(this.dir, "kafka", String(broker + 1));
  }

  /** Starts what a case has left ended or frozen, and waits until it is whole. */
  async heal(): Promise<void> {
    for (const [i, broker] of this.kafka.brokers.entries()) {
      this.kafka.thaw(i);
      if (!broker.isRunning) await this.kafka.start(i);
    }
    for (const [i, process] of this.redis.processes.entries()) {
      this.redis.thaw(i);
      if (!process.isRunning) await this.redis.start(i);
    }
    await this.redis.until("the cluster is whole", async () => {
      for (const node of this.redis.nodes.keys()) {
        const info = String(await this.redis.ask(node, "CLUSTER", "INFO"));
        if (!info.includes("cluster_state:ok") || !info.includes("cluster_slots_ok:16384")) return false;
        const replication = String(await this.redis.ask(node, "INFO", "replication"));
        const isWhole = replication.includes("role:master")
          ? replication.includes("connected_slaves:1")
          : replication.includes("master_link_status:up");
        if (!isWhole) return false;
      }
      return true;
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([
      this.kafka[Symbol.asyncDispose](),
      this.redis[Symbol.asyncDispose](),
      this.postgres[Symbol.asyncDispose](),
    ]);
    rmSync(this.dir, { recursive: true, force: true });
  }
}
