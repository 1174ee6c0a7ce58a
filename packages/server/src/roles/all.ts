import { randomUUID } from "node:crypto";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { FastifyInstance } from "fastify";
import { createMemoryFeed, MemoryWindow, startEngine } from "@barrage/engine";
import type { Engine, EngineEvent } from "@barrage/engine";
import { asyncDispose, background, onTaskFailure, Scope, systemClock } from "@barrage/kernel";
import { createAuthority } from "../auth/authority.ts";
import type { Authority } from "../auth/authority.ts";
import { engineSettingsOf } from "../config/engine-settings.ts";
import type { ServerConfig } from "../config/schema.ts";
import { AddressSlots } from "../gateway/address-slots.ts";
import { SubTcpServer } from "../gateway/sub/tcp-server.ts";
import { attachGateway } from "../gateway/upgrade.ts";
import { createHttpApp } from "../http/app.ts";
import { clientAddress } from "../http/client-address.ts";
import { Lifecycle } from "../http/lifecycle.ts";
import { logEvent } from "../telemetry/event-log.ts";
import { createLogger } from "../telemetry/logger.ts";
import type { Logger } from "../telemetry/logger.ts";
import { Metrics } from "../telemetry/metrics.ts";
import { processMeter } from "../telemetry/process-meter.ts";
import { requestLog } from "../telemetry/request-log.ts";
import { loadTools, startTools, toolsForPages } from "../telemetry/tools.ts";
import type { Tools } from "../telemetry/tools.ts";
import { Fitness } from "./fitness.ts";
import { listen, makeServer, urlOf } from "./listen.ts";
import { keepRetention } from "./retention.ts";
import { Shutdown } from "./shutdown.ts";
import { Sockets } from "./sockets.ts";
import { openSqlite } from "./store.ts";
import type { Store } from "./store.ts";
import { WordsFile } from "./words-file.ts";

export interface StartOptions {
  /** Folder of the built page. */
  readonly webRoot?: string;
  readonly onEvent?: (event: EngineEvent) => void;
  /** Absent: JSON lines on standard output. */
  readonly log?: Logger;
  /** Absent: SQLite in the configured folder. */
  readonly openStore?: (dir: string) => Promise<Store>;
}

export interface RunningServer {
  readonly address: AddressInfo;
  /** Where the goim framing is spoken on TCP; absent where it is not. */
  readonly subAddress: AddressInfo | undefined;
  /** For a browser on this machine. */
  readonly url: string;
  /** For moderator links; absent in production. */
  readonly devKey: string | undefined;
  /** The engine itself, for what runs in the same process. */
  readonly engine: Engine;
  /** Drains in order within the configured deadline. Idempotent. Errors: SERVER_DRAIN_FORCED. */
  close(): Promise<void>;
  /** Makes a `close` under way, or the next one, wait for nobody. */
  force(): void;
}

/** After the viewers' spread: time for last answers and close handshakes, ms. */
const LAST_WORDS_MS = 1_000;

/** Everything that has been started, in one place for the way down. */
interface House {
  readonly config: ServerConfig;
  readonly log: Logger;
  readonly scope: Scope;
  readonly edge: Scope;
  readonly requests: Scope;
  readonly authority: Authority;
  readonly store: Store;
  readonly engine: Engine;
  readonly fitness: Fitness;
  readonly metrics: Metrics;
  readonly tools: Tools | undefined;
  /** Hears of tasks that fail with nobody to tell. */
  readonly failures: Disposable;
}

/** Time that an engine may take to end after a start that failed, ms. */
const UNDO_MS = 5_000;

async function openEngine(
  config: ServerConfig,
  store: Store,
  scope: Scope,
  onEvent: (event: EngineEvent) => void,
) {
  const settings = engineSettingsOf(config);
  return startEngine({
    ports: {
      log: store.log,
      rooms: store.rooms,
      archive: store.archive,
      audit: store.audit,
      window: new MemoryWindow(settings.window, scope.context.clock),
      feed: createMemoryFeed(),
    },
    settings,
    ctx: scope.context,
    onEvent,
    newId: randomUUID,
    random: Math.random,
    meter: processMeter,
  });
}

/** What listens: HTTP with its upgrades, and where it is configured, the goim framing on TCP. */
interface Edge {
  readonly app: FastifyInstance;
  readonly sub: SubTcpServer | undefined;
}

async function openSubPort(house: House, slots: AddressSlots): Promise<SubTcpServer | undefined> {
  const { host, subPort } = house.config.server;
  if (subPort === null) return undefined;
  const { engine, authority: verifier, edge: scope } = house;
  return SubTcpServer.listen(host, subPort, { engine, verifier, scope, slots });
}

async function openEdge(house: House, server: Server, webRoot: string | undefined): Promise<Edge> {
  const { config, log, engine, authority, edge, requests, fitness, metrics, tools } = house;
  const lifecycle = new Lifecycle((hook, error) => log.error({ hook, err: error }, "a request hook failed"));
  lifecycle.add(requestLog(log));
  lifecycle.add(metrics.hook);
  const addressOf = clientAddress(config.server.trustedProxies);
  const app = await createHttpApp(server, {
    engine,
    authority,
    config,
    ctx: requests.context,
    addressOf,
    lifecycle,
    log,
    health: fitness,
    newId: randomUUID,
    metrics: () => metrics.text(engine, fitness.reasons().length === 0),
    tools: toolsForPages(tools, config),
    webRoot,
  });
  const slots = new AddressSlots(config.server.connectionsPerAddress);
  const gateway = attachGateway(server, {
    engine,
    verifier: authority,
    allowedOrigins: config.server.allowedOrigins,
    slots,
    contentMax: config.engine.contentMax,
    addressOf,
    scope: edge,
  });
  edge.use(gateway);
  return { app, sub: await openSubPort(house, slots) };
}

async function startTasks({ config, engine, log, scope, store }: House): Promise<void> {
  const { wordsFile, checkEveryMs } = config.moderation;
  if (wordsFile !== null) {
    const words = new WordsFile(wordsFile, (list) => engine.setWords((content) => list.check(content)), log);
    // A list that is bad from the start keeps the server down: nobody meant to run without it.
    await words.load();
    scope.spawn((ctx) => words.watch(checkEveryMs, ctx), { name: "words file" });
  }
  const retention = {
    engine,
    log: store.log,
    archive: store.archive,
    policy: config.store.retention,
    logger: log,
  };
  scope.spawn((ctx) => keepRetention(retention, ctx), { name: "retention" });
}

/** Order: nobody new, tell viewers, finish what was begun, engine, tasks, stores, last log line. */
function wayDown(house: House, sockets: Sockets, { app, sub }: Edge): Shutdown {
  const { config, engine, log, scope, edge, requests, store, fitness, metrics } = house;
  const { shutdownSpreadMs, shutdownDeadlineMs } = config.server;
  return new Shutdown({
    deadlineMs: shutdownDeadlineMs,
    root: background,
    log,
    orderly: [
      {
        name: "stop accepting",
        run() {
          fitness.draining = true;
          sockets.stopListening();
          sub?.stopListening();
        },
      },
      { name: "tell viewers", run: (ctx) => engine.drain(shutdownSpreadMs, ctx) },
      { name: "last answers", run: (ctx) => sockets.ended(shutdownSpreadMs + LAST_WORDS_MS, ctx) },
      { name: "engine", run: (ctx) => engine.stop(ctx) },
    ],
    release: [
      { name: "requests", run: () => requests[asyncDispose]() },
      { name: "edge", run: () => edge[asyncDispose]() },
      {
        name: "sockets",
        run() {
          sockets.destroy();
          metrics[Symbol.dispose]();
        },
      },
      { name: "sub", run: async () => sub?.[asyncDispose]() },
      { name: "http", run: () => app.close() },
      { name: "tasks", run: () => scope[asyncDispose]() },
      { name: "stores", run: () => store.close() },
      {
        name: "log",
        run() {
          house.failures[Symbol.dispose]();
          log.info("the server has ended");
          log.flush();
        },
      },
    ],
  });
}

/**
 * The whole server in one process: stores, engine, HTTP, WebSocket, upkeep.
 *
 * Errors     the SERVER_ codes, the store's own; nothing stays open after a failed start.
 */
export async function startServer(config: ServerConfig, options: StartOptions = {}): Promise<RunningServer> {
  const log = options.log ?? createLogger({ level: config.telemetry.logLevel });
  await using undo = new AsyncDisposableStack();
  const failures = undo.use(
    onTaskFailure(({ name, error }) => log.error({ task: name, err: error }, "a task failed")),
  );

  const tools = await loadTools(config);
  const server = makeServer(config.server);
  const store = await (options.openStore ?? openSqlite)(config.store.dir);
  undo.defer(() => store.close());
  const authority = createAuthority(config, systemClock);
  const scope = undo.use(new Scope(undefined, { name: "server", onError: "report" }));
  const edge = undo.use(new Scope(scope.context, { name: "ws edge", onError: "report" }));
  const requests = undo.use(new Scope(scope.context, { name: "requests", onError: "report" }));
  const metrics = undo.use(new Metrics());
  scope.use(startTools(tools, config.telemetry, log, metrics));
  const engine = await openEngine(config, store, scope, (event) => {
    metrics.onEvent(event);
    logEvent(log, event);
    options.onEvent?.(event);
  });
  undo.defer(async () => {
    using ctx = background.cancellable({ name: "undo", timeout: UNDO_MS });
    await engine.stop(ctx);
  });
  const fitness = new Fitness(engine);
  const house: House = {
    config,
    log,
    scope,
    edge,
    requests,
    authority,
    store,
    engine,
    fitness,
    metrics,
    tools,
    failures,
  };
  const sockets = new Sockets(server);
  const open = await openEdge(house, server, options.webRoot);
  if (open.sub !== undefined) undo.use(open.sub);
  await startTasks(house);
  const address = await listen(server, config.server);

  // From here on the way down is in order.
  undo.move();
  const shutdown = wayDown(house, sockets, open);
  const url = urlOf(address, config.server.tlsCert !== null);
  log.info({ url, mode: config.mode }, "the server listens");
  return {
    address,
    subAddress: open.sub?.address,
    url,
    devKey: authority.devKey,
    engine,
    close: () => shutdown.run(),
    force: () => shutdown.force(),
  };
}
