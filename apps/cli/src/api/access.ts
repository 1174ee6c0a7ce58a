import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Context } from "@barrage/kernel";
import type { Role } from "@barrage/protocol";
import { cliError, usageError } from "../errors.ts";
import { mustObject } from "./exchange.ts";

/** How the caller proves who they are: a ready token, or the development key that makes one. */
export interface Access {
  readonly token?: string | undefined;
  readonly key?: string | undefined;
  /** Data folder of a server on this machine, whose own key may be used. */
  readonly data?: string | undefined;
}

/** Where the server keeps the key of its development issuer. */
const KEY_FILE = "dev-issuer.key";

/** The key a server on this machine made for itself; undefined where it cannot be read. */
export function keptKey(data: string): string | undefined {
  const path = join(data, KEY_FILE);
  if (!existsSync(path)) return undefined;
  return readFileSync(path, "utf8").trim();
}

/** A token of the development issuer. Errors: CLI_SERVER_REFUSED, CLI_SERVER_UNREACHABLE, CLI_SERVER_ODD. */
export async function logIn(
  base: URL,
  who: {
    readonly uid: string;
    readonly name?: string;
    readonly role?: Role;
    readonly key?: string | undefined;
  },
  ctx: Context,
): Promise<string> {
  const answer = await mustObject(base, { method: "POST", path: "/auth/login", body: who }, ctx);
  const { token } = answer;
  if (typeof token === "string") return token;
  throw cliError("CLI_SERVER_ODD", { url: new URL("/auth/login", base).href, detail: "it has no token" });
}

/** A token that may speak for others. Errors: CLI_USAGE when nothing was given to get one with. */
export async function serviceToken(base: URL, access: Access, ctx: Context): Promise<string> {
  if (access.token !== undefined) return access.token;
  const key = access.key ?? (access.data === undefined ? undefined : keptKey(access.data));
  if (key === undefined) {
    throw usageError(
      "give --key (the development key that `barrage serve` prints), --token (of a service), or --data (the server's folder)",
    );
  }
  return logIn(base, { uid: "barrage-cli", name: "barrage", role: "service", key }, ctx);
}
