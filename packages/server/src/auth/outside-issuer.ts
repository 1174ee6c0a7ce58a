import { readFileSync } from "node:fs";
import { createLocalJWKSet, createRemoteJWKSet } from "jose";
import type { JSONWebKeySet, JWTVerifyGetKey } from "jose";
import type { Clock } from "@barrage/kernel";
import type { ServerConfig } from "../config/schema.ts";
import { reasonOf, serverError } from "../errors.ts";
import { JwtVerifier } from "./jwt.ts";
import type { Verifier } from "./verifier.ts";

type AuthConfig = ServerConfig["auth"];

/** Signatures by a key pair. A shared secret is a source of its own, so a public key can never be taken for one. */
const PAIR_ALGORITHMS = ["RS256", "EdDSA"] as const;
const SECRET_ALGORITHMS = ["HS256"] as const;

function keysOfFile(path: string): JWTVerifyGetKey {
  try {
    // oxlint-disable-next-line barrage/as-on-foreign-data -- createLocalJWKSet checks it and throws
    return createLocalJWKSet(JSON.parse(readFileSync(path, "utf8")) as JSONWebKeySet);
  } catch (error) {
    // Not the parser's message: it quotes the file.
    const reason = error instanceof SyntaxError ? "it is no JSON" : reasonOf(error);
    throw serverError("SERVER_KEYS_UNREADABLE", { path, reason }, error);
  }
}

function keysAt(url: string, auth: AuthConfig): JWTVerifyGetKey {
  return createRemoteJWKSet(new URL(url), {
    timeoutDuration: auth.jwksTimeoutMs,
    cooldownDuration: auth.jwksCooldownMs,
  });
}

function sourceOf(auth: AuthConfig): readonly [JWTVerifyGetKey, readonly string[]] | undefined {
  if (auth.hs256Secret !== null) {
    const secret = new TextEncoder().encode(auth.hs256Secret);
    return [() => secret, SECRET_ALGORITHMS];
  }
  if (auth.jwksUrl !== null) return [keysAt(auth.jwksUrl, auth), PAIR_ALGORITHMS];
  if (auth.jwksFile !== null) return [keysOfFile(auth.jwksFile), PAIR_ALGORITHMS];
  return undefined;
}

/**
 * The verifier of the issuer that the configuration names, if it names one.
 *
 * Errors     SERVER_KEYS_UNREADABLE for a key set file that cannot be used.
 */
export function outsideIssuer(auth: AuthConfig, clock: Clock): Verifier | undefined {
  const source = sourceOf(auth);
  if (source === undefined || auth.issuer === null || auth.audience === null) return undefined;
  const [key, algorithms] = source;
  const { issuer, audience, nameClaim, roleClaim, clockToleranceMs: toleranceMs } = auth;
  return new JwtVerifier({ key, algorithms, issuer, audience, nameClaim, roleClaim, toleranceMs }, clock);
}
