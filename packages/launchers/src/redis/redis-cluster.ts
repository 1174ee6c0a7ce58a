import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { background, isCancelled, sleep } from "@barrage/kernel";
import type { Context } from "@barrage/kernel";
import { BarrageError } from "@barrage/protocol";
import { launcherError } from "../errors.ts";
import { freePorts } from "../free-ports.ts";
import { joinNodes } from "./join.ts";
import { redisNode } from "./node.ts";
import type { RedisOptions, Server } from "./node.ts";
import { askRedis } from "./resp.ts";
import type { Reply } from "./resp.ts";

/** How long the cluster gets to come to a state that it will come to, ms. Only a failure takes all of it. */
const PATIENCE_MS = 60_000;
const POLL_MS = 25;
const GRACE_MS = 10_000;
/** Of each server's log, in a failure's message. */
const LOG_CHARACTERS = 800;
/** Written once the nodes have become one cluster: without it what is there is half made. */
const MADE = "made";

/** A node of the cluster; when it was made the masters came first, then the first replica of each, and so on. */
export interface RedisNode {
  readonly port: number;
  readonly id: string;
}

/** A Redis Cluster on loopback. Disposing it kills its processes. */
export interface RunningRedis extends AsyncDisposable {
  readonly nodes: readonly RedisNode[];
  /** The same, as processes. */
  readonly processes: readonly Server["process"][];
  /** One command to one node. */
  ask(node: number, ...words: readonly (string | number)[]): Promise<Reply>;
  /** As `kill -9` does; resolves when the process is gone. */
  kill(node: number): Promise<void>;
  /** SIGSTOP: connections stay open and nothing answers. */
  freeze(node: number): void;
  thaw(node: number): void;
  /** Starts a node that has ended: same ports, same place in the cluster, with the data that it kept. */
  start(node: number): Promise<void>;
  /** The node that is master of the slot of `key` as most see it now. */
  masterOf(key: string): Promise<number>;
  /** Resolves once `holds` is true; polls. What it throws counts as false, for nodes come and go. */
  until(what: string, holds: () => Promise<boolean>): Promise<void>;
  /** SIGTERM, and SIGKILL for who has not ended after 10 s. */
  stop(): Promise<void>;
}

/**
 * Starts the servers and joins them; resolves when every node says that all slots are served.
 *
 * Errors     LAUNCHER_ENDED, LAUNCHER_NOT_READY, LAUNCHER_FOLDER_OTHER; cancelled: none is left running.
 */
export async function startRedis(options: RedisOptions, ctx: Context = background): Promise<RunningRedis> {
  const isNew = prepareFolder(options);
  const count = options.masters * (1 + options.replicas);
  const ports = await freePorts(count * 2);
  const servers = Array.from({ length: count }, (_, i) =>
    redisNode(i, [ports[i] ?? 0, ports[count + i] ?? 0], options),
  );
  const cluster = new LocalCluster(servers, options, ctx);
  try {
    for (const { process } of servers) process.start();
    await cluster.answering();
    await joinNodes(cluster, servers, { masters: options.masters, isNew });
    writeFileSync(join(options.dir, MADE), shapeOf(options));
    return cluster;
  } catch (error) {
    await cluster[Symbol.asyncDispose]();
    throw error;
  }
}

const shapeOf = ({ masters, replicas }: RedisOptions): string =>
  `${masters} masters, ${replicas} replicas of each`;

/** Is it an empty one? Errors: LAUNCHER_FOLDER_OTHER. */
function prepareFolder(options: RedisOptions): boolean {
  const { dir } = options;
  const made = join(dir, MADE);
  if (existsSync(made)) {
    const found = readFileSync(made, "utf8");
    const asked = shapeOf(options);
    if (found !== asked) throw launcherError("LAUNCHER_FOLDER_OTHER", { folder: dir, found, asked });
    return false;
  }
  rmSync(dir, { recursive: true, force: true });
  mkdirSync(dir, { recursive: true });
  return true;
}

class LocalCluster implements RunningRedis {
  private readonly servers: readonly Server[];
  private readonly options: RedisOptions;
  private readonly ctx: Context;

  constructor(servers: readonly Server[], options: RedisOptions, ctx: Context) {
    this.servers = servers;
    this.options = options;
    this.ctx = ctx;
  }

  get nodes(): readonly RedisNode[] {
    return this.servers.map(({ port, id }) => ({ port, id }));
  }

  get processes(): readonly Server["process"][] {
    return this.servers.map(({ process }) => process);
  }

  ask(node: number, ...words: readonly (string | number)[]): Promise<Reply> {
    return askRedis({ port: this.server(node).port, password: this.options.password }, words);
  }

  kill(node: number): Promise<void> {
    return this.server(node).process.kill();
  }

  freeze(node: number): void {
    this.server(node).process.freeze();
  }

  thaw(node: number): void {
    this.server(node).process.thaw();
  }

  async start(node: number): Promise<void> {
    this.server(node).process.start();
    await this.answers(node);
  }

  async masterOf(key: string): Promise<number> {
    const answers = await Promise.allSettled(this.servers.map((_, node) => this.masterSeenBy(node, key)));
    const seen = answers.flatMap((answer) => (answer.status === "fulfilled" ? [answer.value] : []));
    const most = seen.find((master) => seen.filter((other) => other === master).length > seen.length / 2);
    if (most === undefined) throw new Error(`the nodes do not agree on the master of ${key}`);
    return most;
  }

  async until(what: string, holds: () => Promise<boolean>): Promise<void> {
    const { clock } = this.ctx;
    const end = clock.now() + PATIENCE_MS;
    let last: unknown = "it was false";
    while (clock.now() < end) {
      try {
        if (await holds()) return;
      } catch (error) {
        if (isCancelled(error) || isEnded(error)) throw error;
        last = error;
      }
      await sleep(POLL_MS, this.ctx);
    }
    const logs = this.servers.map(({ process }) => `${process.name}: ${process.tail(LOG_CHARACTERS)}`);
    const said = `${what}: ${String(last)}\n${logs.join("\n")}`;
    throw launcherError("LAUNCHER_NOT_READY", { server: "redis", seconds: PATIENCE_MS / 1_000, said });
  }

  async answering(): Promise<void> {
    for (const node of this.servers.keys()) await this.answers(node);
  }

  async stop(): Promise<void> {
    const ctx = this.ctx.detached();
    await Promise.all(this.servers.map(({ process }) => process.stop(GRACE_MS, ctx)));
    this.clear();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.servers.map(({ process }) => process.kill()));
    this.clear();
  }

  private clear(): void {
    if (!this.options.keep) rmSync(this.options.dir, { recursive: true, force: true });
  }

  private answers(node: number): Promise<void> {
    const server = this.server(node);
    const { process } = server;
    return this.until(`node ${node} answers`, async () => {
      // Somebody else may have taken the port between its choice and the start.
      if (!process.isRunning)
        throw launcherError("LAUNCHER_ENDED", { server: process.name, said: process.tail(LOG_CHARACTERS) });
      server.id = String(await this.ask(node, "CLUSTER", "MYID"));
      return true;
    });
  }

  private server(node: number): Server {
    const server = this.servers[node];
    if (server === undefined) throw new RangeError(`there is no node ${node}`);
    return server;
  }

  private async masterSeenBy(node: number, key: string): Promise<number> {
    const slot = Number(await this.ask(node, "CLUSTER", "KEYSLOT", key));
    const ranges = (await this.ask(node, "CLUSTER", "SLOTS")) as readonly (readonly Reply[])[];
    const range = ranges.find(([first, last]) => Number(first) <= slot && slot <= Number(last));
    const master = range?.[2] as readonly Reply[] | undefined;
    return this.servers.findIndex(({ port }) => port === Number(master?.[1]));
  }
}

const isEnded = (error: unknown): boolean => BarrageError.is(error) && error.code === "LAUNCHER_ENDED";
