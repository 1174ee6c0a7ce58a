import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { background, sleep } from "@barrage/kernel";
import type { Context } from "@barrage/kernel";
import { launcherError } from "../errors.ts";
import { freePorts } from "../free-ports.ts";
import { ServerProcess } from "../server-process.ts";
import { brokerFolders } from "./broker-folder.ts";
import { brokerSettings, properties } from "./broker-settings.ts";
import type { BrokerPorts } from "./broker-settings.ts";
import type { KafkaPrograms } from "./find.ts";
import { askMetadata } from "./metadata.ts";

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
  readonly programs: KafkaPrograms;
  /** Folder of everything that the brokers keep; made when missing, taken up when there. */
  readonly dir: string;
  /** Is the folder kept at the end? */
  readonly keep: boolean;
  readonly brokers: 1 | 3;
  /** Settings of `server.properties` over the launcher's own. */
  readonly settings?: Readonly<Record<string, string>>;
  /** More for the JVM, over the launcher's own. */
  readonly java?: readonly string[];
}

/** Brokers in KRaft mode on loopback, each also a controller. Disposing kills them. */
export interface RunningKafka extends AsyncDisposable {
  /** `host:port` of each. */
  readonly bootstrap: readonly string[];
  /** Node ids are 1, 2, 3: broker `i` of this list has `i + 1`. */
  readonly brokers: readonly ServerProcess[];
  /** SIGKILL, and waits for its end. */
  kill(broker: number): Promise<void>;
  /** Starts a broker that has ended, with the folder and the ports it had, and waits until all are in. */
  start(broker: number): Promise<void>;
  /** SIGSTOP: its connections stay open and nothing comes. */
  freeze(broker: number): void;
  thaw(broker: number): void;
  /** SIGTERM, and SIGKILL for who has not ended after `graceMs` (10 s unless given). */
  stop(graceMs?: number): Promise<void>;
}

/**
 * Starts the brokers and waits until each says that all are there.
 *
 * Errors     LAUNCHER_ENDED, LAUNCHER_NOT_READY, LAUNCHER_FOLDER_OTHER; cancelled: none is left running.
 */
export async function startKafka(options: KafkaOptions, ctx: Context = background): Promise<RunningKafka> {
  const folders = brokerFolders(options.dir, options.brokers);
  const ports = await freePorts(options.brokers * 2);
  const of: BrokerPorts = {
    clients: ports.slice(0, options.brokers),
    controllers: ports.slice(options.brokers),
  };
  const brokers = folders.map((folder, i) => brokerOf(folder, i, of, options));
  const cluster = new Brokers(options, of.clients, brokers, ctx);
  try {
    for (const broker of brokers) broker.start();
    await cluster.ready();
    return cluster;
  } catch (error) {
    await cluster[Symbol.asyncDispose]();
    throw error;
  }
}

function brokerOf(
  folder: string,
  i: number,
  ports: BrokerPorts,
  { programs, settings, java = [] }: KafkaOptions,
): ServerProcess {
  const path = join(folder, "server.properties");
  const own = { ...brokerSettings(i, ports), "log.dirs": join(folder, "data") };
  writeFileSync(path, properties({ ...own, ...settings }));
  const known = programs.classes === undefined ? [] : [`-XX:SharedArchiveFile=${programs.classes}`];
  return new ServerProcess({
    name: `kafka ${i + 1}`,
    program: programs.java,
    args: [...JAVA, ...known, ...java, "-cp", join(programs.libs, "*"), "kafka.Kafka", path],
    logPath: join(folder, "out.txt"),
  });
}

class Brokers implements RunningKafka {
  readonly bootstrap: readonly string[];
  readonly brokers: readonly ServerProcess[];
  private readonly options: KafkaOptions;
  private readonly ports: readonly number[];
  private readonly ctx: Context;

  constructor(
    options: KafkaOptions,
    ports: readonly number[],
    brokers: readonly ServerProcess[],
    ctx: Context,
  ) {
    this.options = options;
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
        if (clock.now() > until)
          throw launcherError("LAUNCHER_NOT_READY", {
            server: broker.name,
            seconds: READY_WITHIN_MS / 1_000,
            said: broker.tail(),
          });
        await sleep(ASK_EVERY_MS, this.ctx);
      }
    }
    if (this.running === expected && expected > 0) return;
    const gone = this.brokers.filter((broker) => !broker.isRunning);
    throw launcherError("LAUNCHER_ENDED", {
      server: gone.map(({ name }) => name).join(", "),
      said: gone.map((broker) => broker.tail()).join(""),
    });
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
    // Detached: who asks for an end may be cancelled already, and the grace is for the servers.
    const ctx = this.ctx.detached();
    await Promise.all(this.brokers.map((broker) => broker.stop(graceMs, ctx)));
    this.clear();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.brokers.map((broker) => broker.kill()));
    this.clear();
  }

  private clear(): void {
    if (!this.options.keep) rmSync(this.options.dir, { recursive: true, force: true });
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
