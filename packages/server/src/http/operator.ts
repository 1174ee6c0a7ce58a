import { createHash, timingSafeEqual } from "node:crypto";
import type { FastifyRequest } from "fastify";
import { protocolError } from "@barrage/protocol";
import { bearerOf } from "./call.ts";
import type { OperatorParts } from "./call.ts";
import { isLocalPeer } from "./client-address.ts";

const digest = (text: string): Buffer => createHash("sha256").update(text).digest();

function requireAdminToken({ config }: OperatorParts, request: FastifyRequest): void {
  const token = bearerOf(request);
  const { adminToken } = config.server;
  if (adminToken === null || !timingSafeEqual(digest(token), digest(adminToken)))
    throw protocolError("BARRAGE_TOKEN_INVALID");
}

/** In production the metrics are for this machine and for whoever holds the admin token. */
export function requireOperator(parts: OperatorParts, request: FastifyRequest): void {
  if (parts.config.mode === "development" || isLocalPeer(request.raw)) return;
  requireAdminToken(parts, request);
}

/** What tells of the inside of the process: without the admin token for this machine only, and not in production. */
export function requireAdmin(parts: OperatorParts, request: FastifyRequest): void {
  if (parts.config.mode === "development" && isLocalPeer(request.raw)) return;
  requireAdminToken(parts, request);
}
