import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { background, sleep } from "@barrage/kernel";
import type { Context } from "@barrage/kernel";
import { askRedis } from "./resp.ts";
import type { Reply } from "./resp.ts";
import { freePorts } from "./free-ports.ts";
import { ServerProcess } from "./server-process.ts";

const SLOTS = 16_384;
const MASTERS = 3;
/** Silence, ms, after which the others hold a node for failed. Small, so that a failover takes some 2 s, not 20. */
const NODE_TIMEOUT_MS = 1_000;
/** How long the cluster gets to come to a state that it will come to, ms. Only a failure takes all of it. */
const PATIENCE_MS = 60_000;
const POLL_MS = 25;
/** Of each server's log, in a failure's message. */
const LOG_BYTES = 800;

export interface RedisClusterOptions {
  /** One replica for each master: needed for a failover. */
  readonly replicas?: boolean;
}

/** A node of the cluster; those after the third are replicas, of the master three before them. */
export interface RedisNode {
  readonly port: number;
  readonly id: string;
}

/** A real Redis Cluster on loopback, for tests. Disposing it ends its processes and removes its files. */
export interface RedisCluster extends AsyncDisposable {
  readonly nodes: readonly RedisNode[];
  /** One command to one node. */
  ask(node: number, ...words: readonly (string | number)[]): Promise<Reply>;
  /** As `kill -9` does; resolves when the process is gone. */
  kill(node: number): Promise<void>;
  /** SIGSTOP: connections stay open and nothing answers. */
  freeze(node: number): void;
  thaw(node: number): void;
  /** Starts a killed node again: same ports, same place in the cluster, no data. */
  start(node: number): Promise<void>;
  /** The node that is master of the slot of `key` as most see it now. */
  masterOf(key: string): Promise<number>;
  /** Resolves once `holds` is true; polls. What it throws counts as false, for nodes come and go. */
  until(what: string, holds: () => Promise<boolean>): Promise<void>;
}

interface Server {
  readonly port: number;
  readonly busPort: number;
  readonly process: ServerProcess;
  id: string;
}

/** True when `redis-server` can be started here. */
export function hasRedisServer(): boolean {
  try {
    execFileSync("redis-server", ["--version"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

function serverOf(node: number, port: number, busPort: number, root: string): Server {
  const dir = join(root, `node${node}`);
  mkdirSync(dir);
  const settings = {
    port,
    "cluster-port": busPort,
    bind: "127.0.0.1",
    dir,
    "cluster-enabled": "yes",
    "cluster-node-timeout": NODE_TIMEOUT_MS,
    // A shard that is down must not take the rooms of the others with it.
    "cluster-require-full-coverage": "no",
    "cluster-replica-validity-factor": 0,
    "repl-diskless-sync-delay": 0,
    save: "",
    appendonly: "no",
  };
  const words = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, String(value)]);
  const process = new ServerProcess(`redis ${node}`, ["redis-server", ...words], join(dir, "redis.log"));
  return { port, busPort, process, id: "" };
}

/** Starts the servers and joins them; resolves when every node says that all slots are served. */
export async function startRedisCluster(
  options: RedisClusterOptions = {},
  ctx: Context = background,
): Promise<RedisCluster> {
  const root = mkdtempSync(join(tmpdir(), "barrage-redis-"));
  const count = options.replicas === true ? MASTERS * 2 : MASTERS;
  const ports = await freePorts(count * 2);
  const servers = Array.from({ length: count }, (_, i) =>
    serverOf(i, ports[i] ?? 0, ports[count + i] ?? 0, root),
  );
  const cluster = new LocalCluster(servers, ctx, root);
  try {
    for (const { process } of servers) process.start();
    await cluster.join();
    return cluster;
  } catch (error) {
    await cluster[Symbol.asyncDispose]();
    throw error;
  }
}

class LocalCluster implements RedisCluster {
  private readonly servers: readonly Server[];
  private readonly ctx: Context;
  private readonly root: string;

  constructor(servers: readonly Server[], ctx: Context, root: string) {
    this.servers = servers;
    this.ctx = ctx;
    this.root = root;
  }

  get nodes(): readonly RedisNode[] {
    return this.servers.map(({ port, id }) => ({ port, id }));
  }

  ask(node: number, ...words: readonly (string | number)[]): Promise<Reply> {
    return askRedis(this.server(node).port, words);
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
    await this.until(`node ${node} answers`, async () => (await this.ask(node, "PING")) === "PONG");
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
        last = error;
      }
      await sleep(POLL_MS, this.ctx);
    }
    const logs = this.servers.map(({ process }) => `${process.name}: ${process.tail(LOG_BYTES)}`).join("\n");
    throw new Error(`not within ${PATIENCE_MS} ms: ${what} (${String(last)})\n${logs}`);
  }

  async join(): Promise<void> {
    for (const [node, server] of this.servers.entries()) {
      await this.until(`node ${node} answers`, async () => {
        // Somebody else may have taken the port between its choice and the start.
        if (!server.process.isRunning) throw new Error("redis-server ended");
        server.id = String(await this.ask(node, "CLUSTER", "MYID"));
        return true;
      });
    }
    for (let node = 0; node < MASTERS; node++) {
      const first = Math.floor((node * SLOTS) / MASTERS);
      const last = Math.floor(((node + 1) * SLOTS) / MASTERS) - 1;
      await this.ask(node, "CLUSTER", "ADDSLOTSRANGE", first, last);
      // Different from the start: equal ones have to be fought out, which takes seconds.
      await this.ask(node, "CLUSTER", "SET-CONFIG-EPOCH", node + 1);
    }
    for (const { port, busPort } of this.servers.slice(1)) {
      await this.ask(0, "CLUSTER", "MEET", "127.0.0.1", port, busPort);
    }
    for (let node = MASTERS; node < this.servers.length; node++) await this.follow(node);
    await this.until("the cluster is whole", () => this.isWhole());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.servers.map(({ process }) => process.kill()));
    rmSync(this.root, { recursive: true, force: true });
  }

  private server(node: number): Server {
    const server = this.servers[node];
    if (server === undefined) throw new RangeError(`there is no node ${node}`);
    return server;
  }

  private async follow(node: number): Promise<void> {
    const { id } = this.server(node - MASTERS);
    await this.until(`node ${node} follows its master`, async () => {
      const reply = await this.ask(node, "CLUSTER", "REPLICATE", id);
      return reply === "OK";
    });
  }

  private async isWhole(): Promise<boolean> {
    for (const node of this.servers.keys()) {
      const info = String(await this.ask(node, "CLUSTER", "INFO"));
      if (!info.includes("cluster_state:ok") || !info.includes(`cluster_slots_ok:${SLOTS}`)) return false;
      if (!info.includes(`cluster_known_nodes:${this.servers.length}`)) return false;
      if (!info.includes(`cluster_size:${MASTERS}`)) return false;
      const replication = String(await this.ask(node, "INFO", "replication"));
      if (node >= MASTERS && !replication.includes("master_link_status:up")) return false;
    }
    return true;
  }

  private async masterSeenBy(node: number, key: string): Promise<number> {
    const slot = Number(await this.ask(node, "CLUSTER", "KEYSLOT", key));
    const ranges = (await this.ask(node, "CLUSTER", "SLOTS")) as readonly (readonly Reply[])[];
    const range = ranges.find(([first, last]) => Number(first) <= slot && slot <= Number(last));
    const master = range?.[2] as readonly Reply[] | undefined;
    return this.servers.findIndex(({ port }) => port === Number(master?.[1]));
  }
}
