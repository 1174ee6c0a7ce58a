import { randomUUID } from "node:crypto";
import { asyncDispose, Scope } from "@barrage/kernel";
import { createOperatorApp } from "../http/app.ts";
import { clientAddress } from "../http/client-address.ts";
import { Lifecycle } from "../http/lifecycle.ts";
import type { OwnerFigures } from "../telemetry/metrics.ts";
import { requestLog } from "../telemetry/request-log.ts";
import { toolsForPages } from "../telemetry/tools.ts";
import type { Edge } from "./edge.ts";
import { Fitness } from "./fitness.ts";
import type { Dependency } from "./fitness.ts";
import type { House } from "./house.ts";
import { listen, makeServer, urlOf } from "./listen.ts";
import { Sockets } from "./sockets.ts";

export interface OperatorEdgeOptions {
  readonly dependencies: readonly Dependency[];
  /** What this process counts, where it is a router. */
  readonly owner?: OwnerFigures;
  /** Metrics beside the process's own, in the same text form. */
  readonly moreMetrics: () => Promise<string>;
}

/** Time for last answers, ms. */
const LAST_ANSWERS_MS = 1_000;

/** What operators and their machines ask, on the configured port of a process that no client speaks to. */
export async function openOperatorEdge(
  house: House,
  { dependencies, owner, moreMetrics }: OperatorEdgeOptions,
  undo: AsyncDisposableStack,
): Promise<Edge> {
  const { config, log, metrics, scope, tools, tracing } = house;
  const server = makeServer(config.server);
  const requests = undo.use(new Scope(scope.context, { name: "requests", onError: "report" }));
  const sockets = new Sockets(server);
  const fitness = new Fitness(dependencies);
  const lifecycle = new Lifecycle((hook, error) => log.error({ hook, err: error }, "a request hook failed"));
  lifecycle.add(requestLog(log));
  lifecycle.add(metrics.hook);
  const app = await createOperatorApp(server, {
    config,
    ctx: requests.context,
    addressOf: clientAddress(config.server.trustedProxies),
    lifecycle,
    log,
    health: fitness,
    newId: randomUUID,
    async metrics() {
      const { type, text } = await metrics.text(owner === undefined ? {} : { owner }, fitness.isFit);
      return { type, text: text + (await moreMetrics()) };
    },
    tools: toolsForPages(tools, config),
    tracing,
  });
  return {
    fitness,
    subAddress: undefined,
    async listen() {
      const { host, port } = config.server;
      const address = await listen(server, { host, port, reusePort: false });
      return { address, url: urlOf(address, config.server.tlsCert !== null) };
    },
    orderly: [
      {
        name: "stop accepting",
        run() {
          fitness.draining = true;
          sockets.stopListening();
        },
      },
      { name: "last answers", run: (ctx) => sockets.ended(LAST_ANSWERS_MS, ctx) },
    ],
    release: [
      { name: "requests", run: () => requests[asyncDispose]() },
      { name: "sockets", run: () => sockets.destroy() },
      { name: "http", run: () => app.close() },
    ],
  };
}
