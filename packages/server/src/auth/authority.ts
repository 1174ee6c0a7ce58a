import { decodeJwt } from "jose";
import type { Clock } from "@barrage/kernel";
import { protocolError } from "@barrage/protocol";
import type { ServerConfig } from "../config/schema.ts";
import { DEV_ISSUER, DevIssuer } from "./dev-issuer.ts";
import type { Login } from "./dev-issuer.ts";
import { outsideIssuer } from "./outside-issuer.ts";
import { CachedVerifier } from "./token-cache.ts";
import { TOKEN_MAX_CHARACTERS } from "./verifier.ts";
import type { Verified, Verifier } from "./verifier.ts";

/** Whose tokens count here, and who makes them. */
export interface Authority extends Verifier {
  /** Errors: BARRAGE_DEV_LOGIN_OFF in production, else those of `DevIssuer.login`. */
  login(body: unknown): Promise<Login>;
  /** The development issuer's key; absent in production. */
  readonly devKey: string | undefined;
}

/** Chooses by the unverified `iss`. Safe: each verifier has its own keys and checks `iss` again. */
class ByIssuer implements Verifier {
  private readonly dev: Verifier | undefined;
  private readonly outside: Verifier | undefined;

  constructor(dev: Verifier | undefined, outside: Verifier | undefined) {
    this.dev = dev;
    this.outside = outside;
  }

  async verify(token: string): Promise<Verified> {
    const verifier = issuerNamedIn(token) === DEV_ISSUER ? this.dev : this.outside;
    if (verifier === undefined) throw protocolError("BARRAGE_TOKEN_INVALID");
    return verifier.verify(token);
  }
}

function issuerNamedIn(token: string): string | undefined {
  if (token.length > TOKEN_MAX_CHARACTERS) throw protocolError("BARRAGE_TOKEN_INVALID");
  try {
    return decodeJwt(token).iss;
  } catch (error) {
    throw protocolError("BARRAGE_TOKEN_INVALID", {}, error);
  }
}

/** Errors: SERVER_DATA_UNWRITABLE, SERVER_KEYS_UNREADABLE. */
export function createAuthority(config: ServerConfig, clock: Clock): Authority {
  const dev = config.mode === "development" ? new DevIssuer(config.auth, config.store.dir, clock) : undefined;
  const outside = outsideIssuer(config.auth, clock);
  const cached = new CachedVerifier(new ByIssuer(dev?.verifier, outside), config.auth.cacheTokens, clock);
  return {
    devKey: dev?.key,
    verify: (token) => cached.verify(token),
    async login(body) {
      if (dev === undefined) throw protocolError("BARRAGE_DEV_LOGIN_OFF");
      return dev.login(body);
    },
  };
}
