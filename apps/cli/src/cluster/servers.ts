import { join } from "node:path";
import { PostgresServer, startKafka, startRedis } from "@barrage/launchers";
import type { RunningKafka, RunningRedis, ServerProcess } from "@barrage/launchers";
import type { Context } from "@barrage/kernel";
import type { ServerAddresses } from "./cluster-config.ts";
import type { ClusterFolder } from "./folder.ts";
import type { KeptUp } from "./keep-up.ts";
import { MASTERS } from "./plan.ts";
import type { ClusterPlan } from "./plan.ts";
import type { Programs } from "./programs.ts";

/** A kind of server of the cluster, started or not. */
export interface ServerKind {
  readonly name: string;
  /** What is started, for people: `3 nodes`. */
  readonly detail: string;
  start(ctx: Context): Promise<void>;
  /** In good order; nothing when it does not run. */
  stop(): Promise<void>;
  /** Each process of it, with the way to start that again. */
  readonly members: readonly KeptUp[];
  /** At once, without waiting: this process is about to end. */
  kill(): void;
}

const killAll = (processes: readonly ServerProcess[]): void => {
  for (const process of processes) void process.kill();
};

const member = (process: ServerProcess, start: () => Promise<void>): KeptUp => ({
  name: process.name,
  get ended() {
    return process.ended;
  },
  start,
});

/** Silence, ms, after which a Redis node is held for failed: a machine under a developer's hands stutters. */
const NODE_TIMEOUT_MS = 5_000;

/** Kafka, Redis Cluster and PostgreSQL of one folder. */
export class Servers {
  readonly kinds: readonly ServerKind[];
  private kafka: RunningKafka | undefined;
  private redis: RunningRedis | undefined;
  private postgres: PostgresServer | undefined;
  private readonly plan: ClusterPlan;
  private readonly folder: ClusterFolder;
  private readonly programs: Programs;

  constructor(plan: ClusterPlan, folder: ClusterFolder, programs: Programs) {
    this.plan = plan;
    this.folder = folder;
    this.programs = programs;
    this.kinds = [this.kafkaKind(), this.redisKind(), this.postgresKind()];
  }

  /** Once all have started. */
  get addresses(): ServerAddresses {
    const { kafka, redis, postgres } = this;
    if (kafka === undefined || redis === undefined || postgres === undefined)
      throw new Error("the servers have not started");
    return {
      brokers: kafka.bootstrap,
      redisNodes: redis.nodes.map(({ port }) => `127.0.0.1:${port}`),
      redisPassword: this.folder.secrets.redis,
      postgresUrl: postgres.url(),
    };
  }

  private kafkaKind(): ServerKind {
    const { brokers } = this.plan;
    const start = async (ctx: Context): Promise<void> => {
      const dir = join(this.folder.dir, "kafka");
      this.kafka = await startKafka({ programs: this.programs.kafka, dir, keep: true, brokers }, ctx);
    };
    const running = (): RunningKafka | undefined => this.kafka;
    return {
      name: "kafka",
      detail: brokers === 1 ? "1 broker" : `${brokers} brokers`,
      start,
      stop: async () => running()?.stop(),
      get members() {
        const kafka = running();
        return kafka?.brokers.map((broker, i) => member(broker, () => kafka.start(i))) ?? [];
      },
      kill: () => killAll(running()?.brokers ?? []),
    };
  }

  private redisKind(): ServerKind {
    const { replicas } = this.plan;
    const start = async (ctx: Context): Promise<void> => {
      const shape = { masters: MASTERS, replicas, nodeTimeoutMs: NODE_TIMEOUT_MS };
      const kept = { dir: join(this.folder.dir, "redis"), keep: true, password: this.folder.secrets.redis };
      this.redis = await startRedis({ programs: this.programs.redis, ...kept, ...shape }, ctx);
    };
    const running = (): RunningRedis | undefined => this.redis;
    return {
      name: "redis",
      detail: `${MASTERS} masters${replicas === 0 ? "" : ` and ${MASTERS * replicas} replicas`}`,
      start,
      stop: async () => running()?.stop(),
      get members() {
        const redis = running();
        return redis?.processes.map((process, i) => member(process, () => redis.start(i))) ?? [];
      },
      kill: () => killAll(running()?.processes ?? []),
    };
  }

  private postgresKind(): ServerKind {
    const start = async (ctx: Context): Promise<void> => {
      const { postgres: password } = this.folder.secrets;
      const kept = { dir: join(this.folder.dir, "postgres"), keep: true, password };
      this.postgres = await PostgresServer.start({ programs: this.programs.postgres, ...kept }, ctx);
    };
    const running = (): PostgresServer | undefined => this.postgres;
    return {
      name: "postgresql",
      detail: "1 server",
      start,
      stop: async () => running()?.stop(),
      get members() {
        const postgres = running();
        return postgres === undefined ? [] : [member(postgres.process, () => postgres.restart())];
      },
      kill() {
        const postgres = running();
        killAll(postgres === undefined ? [] : [postgres.process]);
      },
    };
  }
}
