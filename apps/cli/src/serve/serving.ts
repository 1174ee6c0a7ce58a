import { fileURLToPath } from "node:url";
import { extname } from "node:path";
import type { Context } from "@barrage/kernel";
import { PreparedRole, startRole, startServer, startSupervisor } from "@barrage/server";
import type { Logger, ServerConfig } from "@barrage/server";
import type { Ahead } from "@barrage/server/light";
import type { LogForm } from "./logging.ts";
import { localAddress, urlOf } from "./addresses.ts";

/** A server that listens, in one process or several. */
export interface Serving {
  readonly port: number;
  /** For a program on this machine. */
  readonly url: string;
  readonly devKey: string | undefined;
  /** How the work is shared; absent where there is one process. */
  readonly workers: { readonly count: number; readonly reusePort: boolean } | undefined;
  /** Takes the configuration up again; absent where only a new start does. */
  reload?(): void;
  close(): Promise<void>;
  force(): void;
}

export interface ServingOptions {
  readonly log: Logger;
  readonly form: LogForm;
  readonly webRoot: string | undefined;
  readonly readConfig: () => ServerConfig;
  /** Cancelled: a start that waits for other servers is given up. */
  readonly ctx: Context;
  /** Processes that were in this one's place before; absent where nobody keeps it up. */
  readonly restarts: number | undefined;
  /** A role that was made ready while nobody wanted it. */
  readonly prepared: PreparedRole | undefined;
}

/** What each process of several runs, as source or as published. */
const PROGRAM = fileURLToPath(new URL(`../serve-process${extname(import.meta.url)}`, import.meta.url));

/** How a process that nobody wants yet makes its role ready. */
export const preparing = (
  config: ServerConfig,
  { log, webRoot }: Pick<ServingOptions, "log" | "webRoot">,
): Ahead<PreparedRole> => ({
  prepare: (ctx) => PreparedRole.make(config, { log, webRoot, ctx, isSpare: true }),
  rehearse: (prepared, ctx) => prepared.rehearse(ctx),
});

/** Starts the server in as many processes as the configuration says, or this process's role of a cluster. */
export function startServing(config: ServerConfig, options: ServingOptions): Promise<Serving> {
  if (config.cluster.role !== "embedded") return asRole(config, options);
  return config.workers.count === null ? inOneProcess(config, options) : inSeveral(config, options);
}

const addressOf = ({ server }: ServerConfig, port: number): string =>
  urlOf(server.tlsCert === null ? "http" : "https", localAddress(server.host), port);

async function inOneProcess(config: ServerConfig, { log, webRoot }: ServingOptions): Promise<Serving> {
  const server = await startServer(config, { log, ...(webRoot === undefined ? {} : { webRoot }) });
  const { port } = server.address;
  return {
    port,
    url: addressOf(config, port),
    devKey: server.devKey,
    workers: undefined,
    close: () => server.close(),
    force: () => server.force(),
  };
}

async function asRole(config: ServerConfig, options: ServingOptions): Promise<Serving> {
  const { log, webRoot, ctx, restarts, prepared } = options;
  const page = webRoot === undefined ? {} : { webRoot };
  const running = await startRole(config, { log, ctx, restarts, prepared, ...page });
  const { port } = running.address;
  return {
    port,
    url: addressOf(config, port),
    devKey: running.devKey,
    workers: undefined,
    close: () => running.close(),
    force: () => running.force(),
  };
}

async function inSeveral(
  config: ServerConfig,
  { log, form, webRoot, readConfig }: ServingOptions,
): Promise<Serving> {
  const supervisor = await startSupervisor(config, {
    program: { file: PROGRAM, args: [form] },
    readConfig,
    log,
    pid: process.pid,
    ...(webRoot === undefined ? {} : { webRoot }),
  });
  const { address, devKey, reusePort, workers: count } = supervisor;
  return {
    port: address.port,
    url: addressOf(config, address.port),
    devKey,
    workers: { count, reusePort },
    reload: () => supervisor.reload(),
    close: () => supervisor.close(),
    force: () => supervisor.force(),
  };
}
