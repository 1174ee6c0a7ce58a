import type { Role } from "@barrage/protocol";
import { clientError } from "../errors.ts";
import type { CallOptions } from "./call.ts";
import { call, isObject } from "./call.ts";

export interface LoginBody {
  readonly uid: string;
  readonly name?: string;
  /** A role above viewer needs `key`, which the server's operator gives out. */
  readonly role?: Role;
  readonly key?: string;
}

export interface Login {
  readonly token: string;
  /** Wall clock of the server, ms since 1970. */
  readonly expires_at: number;
}

/** A token of the development issuer. Errors: BARRAGE_DEV_LOGIN_OFF in production. */
export async function login(url: string, body: LoginBody, options: CallOptions = {}): Promise<Login> {
  const answer = await call({ ...options, url, method: "POST", path: "/auth/login", body });
  const { token, expires_at } = isObject(answer) ? answer : {};
  if (typeof token !== "string" || typeof expires_at !== "number") {
    throw clientError("BARRAGE_CLIENT_BAD_ANSWER", { status: 200 });
  }
  return { token, expires_at };
}
