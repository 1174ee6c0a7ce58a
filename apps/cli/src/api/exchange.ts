import type { Context } from "@barrage/kernel";
import { cliError } from "../errors.ts";
import { reasonOf } from "../failure.ts";
import { oneLine } from "../terminal.ts";

export interface Request {
  readonly method: "GET" | "POST";
  readonly path: string;
  readonly token?: string | undefined;
  /** Sent as JSON, or as it is when text. */
  readonly body?: object | string;
  readonly contentType?: string;
}

export interface Refused {
  readonly status: "refused";
  readonly code: string;
  readonly message: string;
  readonly retryable: boolean;
  /** What `Retry-After` asked for, ms; absent where it asked nothing. */
  readonly retryAfterMs?: number;
}

/** What came of one HTTP call. A refusal is a value: the caller decides whether to try again. */
export type Answer =
  | { readonly status: "done"; readonly http: number; readonly text: string }
  | Refused
  /** Nothing came back: whether the server took it is not known. */
  | { readonly status: "unreachable"; readonly reason: string };

/** Time, ms, an answer may take; the server itself gives up a publish after 10 s. */
export const ANSWER_WITHIN_MS = 30_000;

function initOf(request: Request, signal: AbortSignal): RequestInit {
  const headers: Record<string, string> = { accept: "application/json" };
  if (request.token !== undefined) headers["authorization"] = `Bearer ${request.token}`;
  const init: RequestInit = { method: request.method, headers, signal };
  if (request.body !== undefined) {
    headers["content-type"] = request.contentType ?? "application/json";
    init.body = typeof request.body === "string" ? request.body : JSON.stringify(request.body);
  }
  return init;
}

/** One HTTP call. Throws only when `ctx` is cancelled by others. */
export async function exchange(base: URL, request: Request, ctx: Context): Promise<Answer> {
  using limited = ctx.cancellable({ timeout: ANSWER_WITHIN_MS, name: "http call" });
  try {
    const response = await fetch(new URL(request.path, base), initOf(request, limited.signal));
    const text = await response.text();
    if (response.ok) return { status: "done", http: response.status, text };
    return refusalOf(response, text);
  } catch (error) {
    ctx.throwIfCancelled();
    return { status: "unreachable", reason: limited.cancelled ? "no answer in time" : reasonOf(error) };
  }
}

/** What the server said in an answer that is no good one. */
export function refusalOf(response: Response, text: string): Refused {
  const told = errorIn(text);
  const seconds = Number.parseFloat(response.headers.get("retry-after") ?? "");
  return {
    status: "refused",
    code: told?.code ?? `HTTP_${response.status}`,
    message: told?.message ?? `${response.status} ${oneLine(response.statusText)}`,
    retryable: told?.retryable ?? response.status >= 500,
    ...(Number.isFinite(seconds) ? { retryAfterMs: seconds * 1_000 } : {}),
  };
}

function errorIn(text: string): { code: string; message: string; retryable: boolean } | undefined {
  const answer = parseObject(text);
  const error =
    typeof answer?.["error"] === "object" ? (answer["error"] as Record<string, unknown>) : undefined;
  const { code, message, retryable } = error ?? {};
  if (typeof code !== "string" || typeof message !== "string") return undefined;
  return { code: oneLine(code), message: oneLine(message), retryable: retryable === true };
}

/** The JSON object in `text`; undefined for anything else. */
export function parseObject(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    // Not JSON: a proxy's page, or another server.
    return undefined;
  }
}

/** The text of an answer that must be a good one. Errors: CLI_SERVER_REFUSED, CLI_SERVER_UNREACHABLE. */
export async function must(base: URL, request: Request, ctx: Context): Promise<string> {
  const answer = await exchange(base, request, ctx);
  switch (answer.status) {
    case "done":
      return answer.text;
    case "refused":
      throw cliError("CLI_SERVER_REFUSED", { message: answer.message, code: answer.code });
    case "unreachable":
      throw cliError("CLI_SERVER_UNREACHABLE", { url: base.origin, reason: answer.reason });
  }
}

/** As `must`, for an answer that is a JSON object. Errors: CLI_SERVER_ODD too. */
export async function mustObject(
  base: URL,
  request: Request,
  ctx: Context,
): Promise<Readonly<Record<string, unknown>>> {
  const answer = parseObject(await must(base, request, ctx));
  if (answer === undefined) {
    throw cliError("CLI_SERVER_ODD", {
      url: new URL(request.path, base).href,
      detail: "it is no JSON object",
    });
  }
  return answer;
}
