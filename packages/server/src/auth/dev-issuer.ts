import { createHash, timingSafeEqual } from "node:crypto";
import { SignJWT } from "jose";
import type { Clock } from "@barrage/kernel";
import { isUserId, NAME_MAX_GRAPHEMES, protocolError, ROLES } from "@barrage/protocol";
import type { Role } from "@barrage/protocol";
import type { ServerConfig } from "../config/schema.ts";
import { cleanName } from "./claims.ts";
import { JwtVerifier } from "./jwt.ts";
import { keptSecret } from "./kept-secret.ts";
import type { Verifier } from "./verifier.ts";

/** `iss` and `aud` of the development issuer's tokens; it never shares a key with an outside issuer. */
export const DEV_ISSUER = "barrage-dev";

const SECRET_BYTES = 32;
/** 128 bits: it guards every role and travels in a link. */
const KEY_BYTES = 16;

/** Answer of `POST /auth/login`. */
export interface Login {
  readonly token: string;
  /** Wall clock, ms. */
  readonly expires_at: number;
}

const digest = (text: string): Buffer => createHash("sha256").update(text).digest();
const bad = (field: string, rule: string) => protocolError("BARRAGE_BAD_FIELD", { field, rule });

const LOGIN_FIELDS = new Set(["uid", "name", "role", "key"]);

interface LoginRequest {
  readonly uid: string;
  readonly name: string;
  readonly role: Role;
  readonly key: string | undefined;
}

function parseLogin(body: unknown): LoginRequest {
  if (typeof body !== "object" || body === null || Array.isArray(body))
    throw bad("the body", "must be a JSON object");
  const { uid, name, role = "viewer", key } = body as Readonly<Record<string, unknown>>;
  if (Object.keys(body).some((field) => !LOGIN_FIELDS.has(field)))
    throw bad("a field", `is unknown; known are ${[...LOGIN_FIELDS].join(", ")}`);
  if (!isUserId(uid)) throw bad("uid", "must be 1 to 64 of A-Z a-z 0-9 . _ : @ -, and not system");
  const shownName = name === undefined ? uid : cleanName(name);
  if (shownName === undefined)
    throw bad("name", `must be clean text; ${NAME_MAX_GRAPHEMES} characters are kept`);
  const known = ROLES.find((each) => each === role);
  if (known === undefined) throw bad("role", `must be one of ${ROLES.join(", ")}`);
  if (key !== undefined && typeof key !== "string") throw bad("key", "must be a string");
  return { uid, name: shownName, role: known, key };
}

/** Makes tokens for whoever asks: for trying Barrage out, never in production. A role above viewer needs the key. */
export class DevIssuer {
  /** What a moderator's link carries. */
  readonly key: string;
  readonly verifier: Verifier;
  private readonly secret: Uint8Array;
  private readonly ttlMs: number;
  private readonly clock: Clock;

  /** Keeps its secrets in `dir`. Errors: SERVER_DATA_UNWRITABLE. */
  constructor(auth: ServerConfig["auth"], dir: string, clock: Clock) {
    const secret = new TextEncoder().encode(keptSecret(dir, "dev-issuer.secret", SECRET_BYTES));
    this.key = auth.devKey ?? keptSecret(dir, "dev-issuer.key", KEY_BYTES);
    this.secret = secret;
    this.ttlMs = auth.devTokenTtlMs;
    this.clock = clock;
    this.verifier = new JwtVerifier(
      {
        key: () => secret,
        algorithms: ["HS256"],
        issuer: DEV_ISSUER,
        audience: DEV_ISSUER,
        toleranceMs: 0,
        nameClaim: "name",
        roleClaim: "role",
      },
      clock,
    );
  }

  /** Errors: BARRAGE_BAD_FIELD, BARRAGE_DEV_KEY_WRONG. */
  async login(body: unknown): Promise<Login> {
    const { uid, name, role, key } = parseLogin(body);
    if (role !== "viewer" && !this.isKey(key)) throw protocolError("BARRAGE_DEV_KEY_WRONG", { role });
    const now = Math.floor(this.clock.wall() / 1_000);
    const expires = now + Math.ceil(this.ttlMs / 1_000);
    const token = await new SignJWT({ name, role })
      .setProtectedHeader({ alg: "HS256" })
      .setSubject(uid)
      .setIssuer(DEV_ISSUER)
      .setAudience(DEV_ISSUER)
      .setIssuedAt(now)
      .setExpirationTime(expires)
      .sign(this.secret);
    return { token, expires_at: expires * 1_000 };
  }

  private isKey(key: string | undefined): boolean {
    return key !== undefined && timingSafeEqual(digest(key), digest(this.key));
  }
}
