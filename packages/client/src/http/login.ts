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
  /** Unix seconds, or ms, or text: as the server says it. */
  readonly expires_at: unknown;
}

/** A token of the development issuer. Errors: BARRAGE_DEV_LOGIN_OFF in production. */
export async function login(url: string, body: LoginBody, options: CallOptions = {}): Promise<Login> {
  const answer = await call({ ...options, url, method: "POST", path: "/auth/login", body });
  if (!isObject(answer) || typeof answer["token"] !== "string") {
    throw clientError("BARRAGE_CLIENT_BAD_ANSWER", { status: 200 });
  }
  return { token: answer["token"], expires_at: answer["expires_at"] };
}
