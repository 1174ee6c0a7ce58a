import { randomUUID } from "node:crypto";
import type { AddressInfo } from "node:net";
import type { Server } from "node:http";
import type { FastifyInstance } from "fastify";
import type { EdgeEngine } from "@barrage/engine";
import { asyncDispose, Scope } from "@barrage/kernel";
import type { Context } from "@barrage/kernel";
import type { Authority } from "../auth/authority.ts";
import { AddressSlots } from "../gateway/address-slots.ts";
import { SubTcpServer } from "../gateway/sub/tcp-server.ts";
import { attachGateway } from "../gateway/upgrade.ts";
import { createHttpApp } from "../http/app.ts";
import type { WholeView } from "../http/call.ts";
import { clientAddress } from "../http/client-address.ts";
import { Lifecycle } from "../http/lifecycle.ts";
import { requestLog } from "../telemetry/request-log.ts";
import { toolsForPages } from "../telemetry/tools.ts";
import { Fitness, logOf } from "./fitness.ts";
import type { Dependency } from "./fitness.ts";
import type { House } from "./house.ts";
import { listen, makeServer, urlOf } from "./listen.ts";
import type { ListenPlace } from "./listen.ts";
import type { Step } from "./shutdown.ts";
import { Sockets } from "./sockets.ts";

export interface EdgeOptions {
  readonly engine: EdgeEngine;
  readonly authority: Authority;
  readonly place: ListenPlace;
  /** TCP port of the goim framing; null for none. */
  readonly subPort: number | null;
  readonly webRoot: string | undefined;
  /** Absent where this process is the whole server. */
  readonly whole?: WholeView | undefined;
  /** What has to be there for work to be sent here; absent: the log. */
  readonly dependencies?: readonly Dependency[];
  /** False: this process has no viewers, and whoever wants to be one is sent away. */
  readonly takesViewers?: boolean;
  /** Metrics beside the process's own, in the same text form. */
  readonly moreMetrics?: () => Promise<string>;
}

/** After the viewers' spread: time for last answers and close handshakes, ms. */
const LAST_WORDS_MS = 1_000;

/** What clients connect to: HTTP with its upgrades and, where it is configured, the goim framing on TCP. */
export interface Edge {
  readonly fitness: Fitness;
  /** Undefined before it listens. */
  readonly subAddress: AddressInfo | undefined;
  /** Takes clients from now on. Errors: those of listening. */
  listen(): Promise<{ readonly address: AddressInfo; readonly url: string }>;
  /** Nobody new; viewers are told to come back elsewhere; last answers. */
  readonly orderly: readonly Step[];
  /** Ends what is left, whatever became of the orderly steps. */
  readonly release: readonly Step[];
}

/** Makes the edge; `undo` closes what it opened if the start fails later. */
export async function openEdge(
  house: House,
  options: EdgeOptions,
  undo: AsyncDisposableStack,
): Promise<Edge> {
  const { config, scope } = house;
  const { engine, place } = options;
  const server = makeServer(config.server);
  const requests = undo.use(new Scope(scope.context, { name: "requests", onError: "report" }));
  const sockets = new Sockets(server);
  const fitness = new Fitness(options.dependencies ?? [logOf(engine)]);
  const app = await httpApp(house, options, { server, requests: requests.context, fitness });
  const edge = undo.use(new Scope(scope.context, { name: "ws edge", onError: "report" }));
  const listenSub = openGateways(house, options, { server, edge });
  let sub: SubTcpServer | undefined;
  undo.defer(async () => sub?.[asyncDispose]());
  const { shutdownSpreadMs } = config.server;
  return {
    fitness,
    get subAddress() {
      return sub?.address;
    },
    async listen() {
      sub = await listenSub();
      const address = await listen(server, place);
      return { address, url: urlOf(address, config.server.tlsCert !== null) };
    },
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
      { name: "sockets", run: () => sockets.destroy() },
      { name: "sub", run: async () => sub?.[asyncDispose]() },
      { name: "http", run: () => app.close() },
    ],
  };
}

async function httpApp(
  { config, log, metrics, tools, tracing }: House,
  { engine, authority, webRoot, whole, moreMetrics }: EdgeOptions,
  { server, requests, fitness }: { server: Server; requests: Context; fitness: Fitness },
): Promise<FastifyInstance> {
  const lifecycle = new Lifecycle((hook, error) => log.error({ hook, err: error }, "a request hook failed"));
  lifecycle.add(requestLog(log));
  lifecycle.add(metrics.hook);
  return createHttpApp(server, {
    engine,
    authority,
    config,
    ctx: requests,
    addressOf: clientAddress(config.server.trustedProxies),
    lifecycle,
    log,
    health: fitness,
    whole,
    newId: randomUUID,
    async metrics() {
      const { type, text } = await metrics.text({ owner: engine, gateway: engine }, fitness.isFit);
      return { type, text: text + ((await moreMetrics?.()) ?? "") };
    },
    tools: toolsForPages(tools, config),
    tracing,
    webRoot,
  });
}

/** WebSocket on the server's upgrades; what is answered opens the port of the goim framing, if there is one. */
function openGateways(
  { config }: House,
  { engine, authority: verifier, place, subPort, takesViewers = true }: EdgeOptions,
  { server, edge: scope }: { server: Server; edge: Scope },
): () => Promise<SubTcpServer | undefined> {
  const { allowedOrigins, connectionsPerAddress, trustedProxies } = config.server;
  const slots = new AddressSlots(connectionsPerAddress);
  const gateway = attachGateway(server, {
    engine,
    verifier,
    allowedOrigins,
    slots,
    contentMax: config.engine.contentMax,
    addressOf: clientAddress(trustedProxies),
    takesViewers,
    scope,
  });
  scope.use(gateway);
  const { host, reusePort } = place;
  return async () =>
    subPort === null || !takesViewers
      ? undefined
      : SubTcpServer.listen({ host, port: subPort, reusePort }, { engine, verifier, scope, slots });
}
