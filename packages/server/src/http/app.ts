import type { Server } from "node:http";
import { fastify } from "fastify";
import type { FastifyInstance } from "fastify";
import { protocolError } from "@barrage/protocol";
import { pageRoutes } from "../web/page-routes.ts";
import { answerBare } from "./bare-answer.ts";
import { browserRules } from "./browser-rules.ts";
import type { HttpParts, OperatorParts } from "./call.ts";
import { describeApi } from "./openapi.ts";
import { answerRefusals, sendError } from "./refusals.ts";
import { requestIds, scopeRequests } from "./request-scope.ts";
import { authRoutes } from "./routes/auth.ts";
import { commandRoutes } from "./routes/commands.ts";
import { debugRoutes } from "./routes/debug.ts";
import { ledgerRoutes } from "./routes/ledger.ts";
import { exportRoutes } from "./routes/exports.ts";
import { healthRoutes } from "./routes/health.ts";
import { historyRoutes } from "./routes/history.ts";
import { importRoutes } from "./routes/imports.ts";
import { heldRoutes, recordRoutes } from "./routes/moderation.ts";
import { policyRoutes } from "./routes/policies.ts";
import { publishRoutes } from "./routes/publish.ts";
import { roomRoutes } from "./routes/rooms.ts";
import { compileSchema } from "./validation.ts";

/** Longest id in an address: a room id has 64 characters, a user id as many, each perhaps escaped. */
const PARAM_MAX_CHARACTERS = 256;

function parseJson(
  _request: unknown,
  text: string | Buffer,
  done: (error: Error | null, body?: unknown) => void,
) {
  // Some clients name JSON and send nothing where nothing is wanted.
  if (text.length === 0) return done(null, undefined);
  try {
    done(null, JSON.parse(text.toString()));
  } catch (error) {
    done(protocolError("BARRAGE_BAD_JSON", {}, error));
  }
}

/** The app on `server` without a route: how requests begin and end, and how they are refused. */
function emptyApp(server: Server, parts: OperatorParts): FastifyInstance {
  const app = fastify({
    serverFactory(handler) {
      server.on("request", handler);
      server.on("clientError", answerBare);
      return server;
    },
    logger: false,
    bodyLimit: parts.config.server.bodyLimitBytes,
    genReqId: requestIds(parts.newId),
    requestIdHeader: false,
    // Draining is answered by our own hook, in the one error shape.
    return503OnClosing: false,
    routerOptions: { maxParamLength: PARAM_MAX_CHARACTERS },
    frameworkErrors: (error, request, reply) =>
      void sendError(parts, error, request as never, reply as never),
  });
  app.setValidatorCompiler(compileSchema as never);
  // Answers are built by us and typed: their schemas describe, they do not filter.
  app.setSerializerCompiler(() => (data) => JSON.stringify(data));
  app.removeAllContentTypeParsers();
  app.addContentTypeParser("application/json", { parseAs: "string" }, parseJson);

  scopeRequests(app, parts);
  browserRules(app, parts.config.server.allowedOrigins, parts.config.server.tlsCert !== null);
  answerRefusals(app, parts);
  return app;
}

/** The HTTP edge on `server`, which the caller has made and listens on. */
export async function createHttpApp(server: Server, parts: HttpParts): Promise<FastifyInstance> {
  const app = emptyApp(server, parts);
  await describeApi(app);
  await app.register(async (routes) => {
    authRoutes(routes, parts);
    publishRoutes(routes, parts);
    roomRoutes(routes, parts);
    commandRoutes(routes, parts);
    policyRoutes(routes, parts);
    heldRoutes(routes, parts);
    recordRoutes(routes, parts);
    historyRoutes(routes, parts);
    exportRoutes(routes, parts);
    healthRoutes(routes, parts);
    debugRoutes(routes, parts);
    ledgerRoutes(routes, parts);
  });
  await app.register((routes) => importRoutes(routes, parts));
  await app.register((routes) => pageRoutes(routes, parts));
  await app.ready();
  return app;
}

/** Health, metrics and debug pages alone, for a process that no client speaks to. */
export async function createOperatorApp(server: Server, parts: OperatorParts): Promise<FastifyInstance> {
  const app = emptyApp(server, parts);
  await app.register(async (routes) => {
    healthRoutes(routes, parts);
    debugRoutes(routes, parts);
  });
  await app.ready();
  return app;
}
