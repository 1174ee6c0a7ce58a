import { errors, jwtVerify } from "jose";
import type { JWTPayload, JWTVerifyGetKey } from "jose";
import type { Clock } from "@barrage/kernel";
import { BarrageError, protocolError } from "@barrage/protocol";
import { principalOf } from "./claims.ts";
import type { ClaimNames } from "./claims.ts";
import type { Verified, Verifier } from "./verifier.ts";

export interface JwtRules extends ClaimNames {
  readonly key: JWTVerifyGetKey;
  /** Only these: what the token's own header says is not believed. */
  readonly algorithms: readonly string[];
  readonly issuer: string;
  readonly audience: string;
  readonly toleranceMs: number;
}

/** What only the key set's host can be blamed for; every other error of jose is the token's fault. */
const isOutage = (error: unknown): boolean =>
  !(error instanceof errors.JOSEError) ||
  error instanceof errors.JWKSTimeout ||
  error instanceof errors.JWKSInvalid ||
  // What jose throws when the host answers something else than 200, or no JSON.
  error.code === "ERR_JOSE_GENERIC";

function refusal(error: unknown): BarrageError {
  if (BarrageError.is(error)) return error;
  if (error instanceof errors.JWTExpired) return protocolError("BARRAGE_TOKEN_EXPIRED", {}, error);
  return protocolError(isOutage(error) ? "BARRAGE_AUTH_UNAVAILABLE" : "BARRAGE_TOKEN_INVALID", {}, error);
}

/** Verifies the tokens of one issuer by one kind of key. */
export class JwtVerifier implements Verifier {
  private readonly rules: JwtRules;
  private readonly clock: Clock;

  constructor(rules: JwtRules, clock: Clock) {
    this.rules = rules;
    this.clock = clock;
  }

  async verify(token: string): Promise<Verified> {
    try {
      const payload = await this.payloadOf(token);
      const expiresAt = (payload.exp ?? 0) * 1_000 + this.rules.toleranceMs;
      return { principal: principalOf(payload, this.rules), expiresAt };
    } catch (error) {
      throw refusal(error);
    }
  }

  private async payloadOf(token: string): Promise<JWTPayload> {
    const { key, algorithms, issuer, audience, toleranceMs } = this.rules;
    const { payload } = await jwtVerify(token, key, {
      algorithms: [...algorithms],
      issuer,
      audience,
      clockTolerance: toleranceMs / 1_000,
      requiredClaims: ["sub", "exp"],
      currentDate: new Date(this.clock.wall()),
    });
    return payload;
  }
}
