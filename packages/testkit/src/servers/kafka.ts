import { spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { background, sleep } from "@barrage/kernel";
import type { Context } from "@barrage/kernel";
import { freePorts } from "./free-ports.ts";
import { askMetadata } from "./kafka-metadata.ts";
import { ServerProcess } from "./server-process.ts";

/** Where `scripts/kafka/fetch.sh` puts the broker's jars. */
const LIBS = fileURLToPath(new URL("../../../../.kafka/libs/", import.meta.url));
/** Kafka's classes as Java has them after a start, made by `scripts/kafka/warm.ts`: halves what a start costs. Optional. */
export const KAFKA_CLASSES = fileURLToPath(new URL("../../../../.kafka/classes.jsa", import.meta.url));
/** Pause between two questions whether it is ready (ms), and how long one waits for its answer. */
const ASK_EVERY_MS = 50;
const ANSWER_MS = 1_000;
/** A JVM of a full machine takes its time (ms); past this it is broken. */
const READY_WITHIN_MS = 120_000;
const GRACE_MS = 10_000;

/** A quick start rather than a quick run, little memory, and nothing but errors printed. */
const JAVA = [
  "-Xmx384m",
  "-Xms64m",
  "-XX:+UseSerialGC",
  "-XX:TieredStopAtLevel=1",
  "-XX:-UsePerfData",
  "-Xshare:auto",
  "-Djava.awt.headless=true",
];

export interface KafkaOptions {
  /** 1 or 3. */
  readonly brokers: 1 | 3;
  /** Settings of `server.properties` over the launcher's own. */
  readonly settings?: Readonly<Record<string, string>>;
  /** More for the JVM, over the launcher's own. */
  readonly java?: readonly string[];
}

/** Brokers in KRaft mode on loopback, each also a controller; their folders go with them. */
export interface RunningKafka extends AsyncDisposable {
  /** `host:port` of each. */
  readonly bootstrap: readonly string[];
  /** Node ids are 1, 2, 3: broker `i` of this list has `i + 1`. */
  readonly brokers: readonly ServerProcess[];
  /** SIGKILL, and waits for its end. */
  kill(broker: number): Promise<void>;
  /** Starts a broker that was killed, with the folder and the ports it had, and waits until all are in. */
  start(broker: number): Promise<void>;
  /** SIGSTOP: its connections stay open and nothing comes. */
  freeze(broker: number): void;
  thaw(broker: number): void;
  /** SIGTERM, and SIGKILL for who has not ended after `graceMs` (10 s unless given). */
  stop(graceMs?: number): Promise<void>;
}

/** Undefined when a broker can be started here, else what is missing, for the line that says why a suite is skipped. */
export function missingForKafka(): string | undefined {
  if (spawnSync("java", ["-version"], { stdio: "ignore" }).status !== 0) return "java";
  if (!existsSync(LIBS) || readdirSync(LIBS).length === 0) return "the jars of scripts/kafka/fetch.sh";
  return undefined;
}

/** Starts a cluster and waits until every broker says that all are there. */
export async function startKafka(options: KafkaOptions, ctx: Context = background): Promise<RunningKafka> {
  const dir = mkdtempSync(join(tmpdir(), "barrage-kafka-"));
  const ports = await freePorts(options.brokers * 2);
  const brokers = layOut(dir, ports, options);
  const cluster = new KafkaCluster(dir, ports.slice(0, options.brokers), brokers, ctx);
  try {
    for (const broker of brokers) broker.start();
    await cluster.ready();
    return cluster;
  } catch (error) {
    await cluster[Symbol.asyncDispose]();
    throw error;
  }
}

/** Writes each broker's folder and settings. */
function layOut(dir: string, ports: readonly number[], options: KafkaOptions): readonly ServerProcess[] {
  const cluster = id();
  const count = options.brokers;
  const voters = ports.slice(count).map((port, i) => `${i + 1}@127.0.0.1:${port}`);
  return voters.map((_, i) => {
    const own = join(dir, String(i + 1));
    const data = join(own, "data");
    mkdirSync(data, { recursive: true });
    // What `kafka-storage format` would write, without a second start of Java.
    const meta = { version: 1, "cluster.id": cluster, "node.id": i + 1, "directory.id": id() };
    writeFileSync(join(data, "meta.properties"), properties(meta));
    const path = join(own, "server.properties");
    writeFileSync(
      path,
      properties({ ...settingsOf(i, ports, voters), "log.dirs": data, ...options.settings }),
    );
    const classes = ["-cp", join(LIBS, "*"), "kafka.Kafka", path];
    const known = existsSync(KAFKA_CLASSES) ? [`-XX:SharedArchiveFile=${KAFKA_CLASSES}`] : [];
    const command = ["java", ...JAVA, ...known, ...(options.java ?? []), ...classes] as const;
    return new ServerProcess(`kafka ${i + 1}`, command, join(own, "out.txt"));
  });
}

const id = (): string => randomBytes(16).toString("base64url");

const properties = (values: Readonly<Record<string, string | number>>): string =>
  Object.entries(values)
    .map(([key, value]) => `${key}=${value}\n`)
    .join("");

function settingsOf(
  i: number,
  ports: readonly number[],
  voters: readonly string[],
): Readonly<Record<string, string | number>> {
  const count = voters.length;
  const replicas = Math.min(3, count);
  return {
    "process.roles": "broker,controller",
    "node.id": i + 1,
    "controller.quorum.voters": voters.join(","),
    "controller.listener.names": "CONTROLLER",
    "inter.broker.listener.name": "PLAINTEXT",
    listeners: `PLAINTEXT://127.0.0.1:${ports[i] ?? 0},CONTROLLER://127.0.0.1:${ports[count + i] ?? 0}`,
    "auto.create.topics.enable": "false",
    "offsets.topic.replication.factor": replicas,
    "offsets.topic.num.partitions": 3,
    "transaction.state.log.replication.factor": replicas,
    "transaction.state.log.min.isr": Math.min(2, replicas),
    "transaction.state.log.num.partitions": 1,
    "group.initial.rebalance.delay.ms": 0,
    "broker.heartbeat.interval.ms": 300,
    // Of three, a dead one is replaced within seconds, as tests wait for that. A single one that stands still for want
    // of a processor is not to be shut out: nobody could take its place.
    "broker.session.timeout.ms": count > 1 ? 4_000 : 20_000,
    "replica.lag.time.max.ms": 3_000,
    "controller.quorum.election.timeout.ms": 500,
    "controller.quorum.fetch.timeout.ms": 2_000,
    "group.min.session.timeout.ms": 500,
    "num.network.threads": 2,
    "num.io.threads": 4,
    "background.threads": 2,
    "log.cleaner.threads": 1,
    "log.cleaner.dedupe.buffer.size": 4_194_304,
    "controlled.shutdown.enable": "true",
  };
}

class KafkaCluster implements RunningKafka {
  readonly bootstrap: readonly string[];
  readonly brokers: readonly ServerProcess[];
  private readonly dir: string;
  private readonly ports: readonly number[];
  private readonly ctx: Context;

  constructor(dir: string, ports: readonly number[], brokers: readonly ServerProcess[], ctx: Context) {
    this.dir = dir;
    this.ports = ports;
    this.brokers = brokers;
    this.ctx = ctx;
    this.bootstrap = ports.map((port) => `127.0.0.1:${port}`);
  }

  /** Every broker that runs says that all that run are alive. */
  async ready(): Promise<void> {
    const { clock } = this.ctx;
    const until = clock.now() + READY_WITHIN_MS;
    const expected = this.running;
    for (const [i, port] of this.ports.entries()) {
      const broker = this.at(i);
      while (broker.isRunning) {
        const view = await askMetadata(port, ANSWER_MS);
        if (view !== undefined && view.brokers === expected && view.controller > 0) break;
        if (clock.now() > until) throw new Error(`${broker.name} is not ready: ${broker.tail()}`);
        await sleep(ASK_EVERY_MS, this.ctx);
      }
    }
    if (this.running < expected || expected === 0) {
      throw new Error(`a broker ended at its start: ${this.brokers.map((broker) => broker.tail()).join("")}`);
    }
  }

  async kill(broker: number): Promise<void> {
    await this.at(broker).kill();
  }

  async start(broker: number): Promise<void> {
    this.at(broker).start();
    await this.ready();
  }

  freeze(broker: number): void {
    this.at(broker).freeze();
  }

  thaw(broker: number): void {
    this.at(broker).thaw();
  }

  async stop(graceMs = GRACE_MS): Promise<void> {
    await Promise.all(this.brokers.map((broker) => broker.stop(graceMs, this.ctx)));
    rmSync(this.dir, { recursive: true, force: true });
  }

  /** At once: nothing of it is kept, so nothing needs an orderly end. */
  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.brokers.map((broker) => broker.kill()));
    rmSync(this.dir, { recursive: true, force: true });
  }

  private get running(): number {
    return this.brokers.filter((broker) => broker.isRunning).length;
  }

  private at(i: number): ServerProcess {
    const broker = this.brokers[i];
    if (broker === undefined) throw new RangeError(`there is no broker ${i}`);
    return broker;
  }
}
