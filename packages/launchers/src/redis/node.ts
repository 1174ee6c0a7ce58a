import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ServerProcess } from "../server-process.ts";
import type { RedisPrograms } from "./find.ts";

/** Silence, ms, after which the others hold a node for failed. Small, so that a failover takes some 2 s, not 20. */
const NODE_TIMEOUT_MS = 1_000;

export interface RedisOptions {
  readonly programs: RedisPrograms;
  /** Folder of everything that the nodes keep; made when missing, taken up when there. */
  readonly dir: string;
  /** Is the folder kept at the end, and what is written in it safe from a `kill -9`? */
  readonly keep: boolean;
  readonly masters: number;
  /** Of each master. */
  readonly replicas: number;
  /** Asked of every client and of the nodes by each other; absent: nobody is asked. */
  readonly password?: string;
  /** Silence, ms, after which a node is held for failed; 1 s unless given. */
  readonly nodeTimeoutMs?: number;
}

/** One server of the cluster. */
export interface Server {
  readonly port: number;
  readonly busPort: number;
  readonly process: ServerProcess;
  /** Known once it has answered. */
  id: string;
}

/** As the configuration file takes a text of any characters: its escapes are those of JSON. */
const quoted = (text: string): string => JSON.stringify(text);

export function redisNode(i: number, ports: readonly [number, number], options: RedisOptions): Server {
  const { programs, keep, password, nodeTimeoutMs = NODE_TIMEOUT_MS } = options;
  const [port, busPort] = ports;
  const folder = join(options.dir, `node${i}`);
  mkdirSync(folder, { recursive: true });
  const settings: Readonly<Record<string, string | number>> = {
    port,
    "cluster-port": busPort,
    bind: "127.0.0.1",
    dir: quoted(folder),
    "cluster-enabled": "yes",
    "cluster-node-timeout": nodeTimeoutMs,
    // A shard that is down must not take the rooms of the others with it.
    "cluster-require-full-coverage": "no",
    "cluster-replica-validity-factor": 0,
    "repl-diskless-sync-delay": 0,
    save: '""',
    appendonly: keep ? "yes" : "no",
    ...(password === undefined ? {} : { requirepass: quoted(password), masterauth: quoted(password) }),
  };
  const path = join(folder, "redis.conf");
  const lines = Object.entries(settings).map(([name, value]) => `${name} ${value}\n`);
  // In a file of our own, not in the arguments: those are for everybody to read.
  writeFileSync(path, lines.join(""), { mode: 0o600 });
  const command = { program: programs.server, args: [path], logPath: join(folder, "redis.log") };
  return { port, busPort, process: new ServerProcess({ name: `redis ${i}`, ...command }), id: "" };
}
