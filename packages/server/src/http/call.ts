import type { FastifyRequest } from "fastify";
import type { Caller, EdgeEngine, Principal, Span, Tracing } from "@barrage/engine";
import type { CancellableContext, Context } from "@barrage/kernel";
import { protocolError } from "@barrage/protocol";
import type { Logger } from "pino";
import type { Authority } from "../auth/authority.ts";
import type { ServerConfig } from "../config/schema.ts";
import type { Tools } from "../telemetry/tools.ts";
import type { AddressOf } from "./client-address.ts";
import type { Lifecycle, RequestFacts } from "./lifecycle.ts";

/** What belongs to one request from its first byte to its last. */
export interface Call {
  readonly facts: RequestFacts;
  /** Cancelled when the client hangs up or the request's time is over. */
  readonly ctx: CancellableContext;
  readonly startedAt: number;
  /** Where the request is traced. */
  readonly span: Span | undefined;
}

declare module "fastify" {
  interface FastifyRequest {
    call: Call;
  }
  interface FastifyContextConfig {
    /** Runs as long as the client stays: exports, imports. */
    untimed?: boolean;
    /** Answered even while the server drains. */
    always?: boolean;
  }
}

/** Whether the server is fit to take work, and if not why. */
export interface Health {
  /** True from the moment a shutdown has begun. */
  readonly draining: boolean;
  /** Reasons why no work should be sent here; empty when ready. */
  reasons(): readonly string[];
  /** What is missing although work may be sent here; absent where nothing can. */
  degraded?(): readonly string[];
}

/** What is told of all processes of the server together. */
export interface WholeView {
  metrics(): Promise<{ readonly type: string; readonly text: string }>;
  ledger(room: string | undefined): Promise<unknown>;
  workers(): Promise<unknown>;
}

/** What the pages for operators need: every process of a server has them. */
export interface OperatorParts {
  readonly config: ServerConfig;
  /** Parent of every request's context. */
  readonly ctx: Context;
  readonly addressOf: AddressOf;
  readonly lifecycle: Lifecycle;
  readonly log: Logger;
  readonly health: Health;
  readonly newId: () => string;
  /** Absent where this process is the whole server. */
  readonly whole?: WholeView | undefined;
  /** The metrics in Prometheus' text form. */
  readonly metrics: () => Promise<{ readonly type: string; readonly text: string }>;
  /** Absent where nothing is traced. */
  readonly tracing: Tracing | undefined;
  /** For the debug pages; absent when they are off. */
  readonly tools: Pick<Tools, "taskPage" | "treePage"> | undefined;
}

/** What every route needs. */
export interface HttpParts extends OperatorParts {
  readonly engine: EdgeEngine;
  readonly authority: Authority;
  /** Folder of the built page; absent when there is none. */
  readonly webRoot: string | undefined;
}

const BEARER = /^Bearer +([^\s]+) *$/i;

export function bearerOf(request: FastifyRequest): string {
  const token = BEARER.exec(request.headers.authorization ?? "")?.[1];
  if (token === undefined) throw protocolError("BARRAGE_TOKEN_MISSING");
  return token;
}

/** Whom the request's token speaks for. Errors: BARRAGE_TOKEN_ and BARRAGE_AUTH_ codes. */
export async function principalOf(parts: HttpParts, request: FastifyRequest): Promise<Principal> {
  const { principal } = await parts.authority.verify(bearerOf(request));
  request.call.ctx.throwIfCancelled();
  return principal;
}

export async function callerOf(parts: HttpParts, request: FastifyRequest): Promise<Caller> {
  return { principal: await principalOf(parts, request), address: request.call.facts.address };
}
