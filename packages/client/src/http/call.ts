import type { BarrageError } from "@barrage/protocol";
import { clientError, remoteError } from "../errors.ts";
import { httpAddress } from "../link/address.ts";

export interface CallOptions {
  readonly token?: string | undefined;
  readonly signal?: AbortSignal;
  readonly fetch?: typeof globalThis.fetch;
}

export interface Call extends CallOptions {
  readonly url: string;
  readonly method: "GET" | "POST" | "PUT";
  readonly path: string;
  readonly body?: object;
}

/**
 * One HTTP call; the answer's JSON, or null for an answer without a body.
 *
 * Errors     the server's own code; BARRAGE_CLIENT_UNREACHABLE, BARRAGE_CLIENT_BAD_ANSWER.
 */
export async function call(request: Call): Promise<unknown> {
  const response = await exchange(request);
  const text = await response.text();
  const answer = parse(text, response.status);
  if (!response.ok) throw refusal(answer, response);
  return answer;
}

async function exchange({ url, method, path, body, token, signal, fetch }: Call): Promise<Response> {
  const headers: Record<string, string> = { accept: "application/json" };
  if (token !== undefined) headers["authorization"] = `Bearer ${token}`;
  if (body !== undefined) headers["content-type"] = "application/json";
  const init: RequestInit = { method, headers, ...(signal === undefined ? {} : { signal }) };
  if (body !== undefined) init.body = JSON.stringify(body);
  const address = httpAddress(url, path);
  try {
    return await (fetch ?? globalThis.fetch)(address, init);
  } catch (cause) {
    throw clientError("BARRAGE_CLIENT_UNREACHABLE", {}, cause);
  }
}

function parse(text: string, status: number): unknown {
  if (text === "") return null;
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw clientError("BARRAGE_CLIENT_BAD_ANSWER", { status }, cause);
  }
}

function refusal(answer: unknown, response: Response): BarrageError {
  const error = isObject(answer) ? answer["error"] : undefined;
  if (!isObject(error)) return clientError("BARRAGE_CLIENT_BAD_ANSWER", { status: response.status });
  const { code, message, retryable } = error;
  if (typeof code !== "string" || typeof message !== "string") {
    return clientError("BARRAGE_CLIENT_BAD_ANSWER", { status: response.status });
  }
  const seconds = Number(response.headers.get("retry-after") ?? Number.NaN);
  const wait = Number.isFinite(seconds) ? { retry_after_ms: seconds * 1_000 } : {};
  return remoteError({ code, message, retryable: retryable === true, ...wait });
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The rows under `field` of an answer; anything else is an answer of something that is no Barrage server. */
export function rowsOf(answer: unknown, field: string): readonly unknown[] {
  const rows = isObject(answer) ? answer[field] : undefined;
  if (!Array.isArray(rows)) throw clientError("BARRAGE_CLIENT_BAD_ANSWER", { status: 200 });
  return rows;
}
