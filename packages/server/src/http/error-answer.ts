import { FILES_ERRORS } from "@barrage/files";
import { isCancelled } from "@barrage/kernel";
import {
  asProtocolError,
  BarrageError,
  isProtocolError,
  protocolError,
  toPublicError,
} from "@barrage/protocol";
import type { PublicError } from "@barrage/protocol";

/** The one shape in which the API says no. */
export interface ErrorBody {
  readonly error: PublicError;
}

export interface ErrorAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: ErrorBody;
}

/** What Fastify refuses by itself, in our words. */
const OF_FASTIFY: Readonly<Record<string, (limit: number) => BarrageError>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: (limit) => protocolError("BARRAGE_BODY_TOO_LARGE", { limit }),
  FST_ERR_CTP_INVALID_MEDIA_TYPE: () => protocolError("BARRAGE_UNSUPPORTED_MEDIA_TYPE"),
  FST_ERR_CTP_EMPTY_TYPE: () => protocolError("BARRAGE_UNSUPPORTED_MEDIA_TYPE"),
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: () =>
    protocolError("BARRAGE_BAD_REQUEST", { detail: "the body is not as long as its header says" }),
  FST_ERR_BAD_URL: () => protocolError("BARRAGE_BAD_REQUEST", { detail: "the address is not valid" }),
};

const isFilesError = (error: unknown): error is BarrageError =>
  BarrageError.is(error) && Object.hasOwn(FILES_ERRORS, error.code);

/** `error` as a peer may be told of it. `limit` is the body limit of the route. What nobody foresaw is BARRAGE_INTERNAL. */
export function publicErrorOf(error: unknown, limit: number): BarrageError {
  if (isProtocolError(error) || isFilesError(error)) return error;
  // The request's own time ran out; a client that hung up hears nothing anyway.
  if (isCancelled(error)) return protocolError("BARRAGE_OVERLOADED", {}, error);
  if (error instanceof Error && "code" in error && typeof error.code === "string") {
    const known = OF_FASTIFY[error.code];
    if (known !== undefined) return known(limit);
    const status = "statusCode" in error && typeof error.statusCode === "number" ? error.statusCode : 500;
    if (error.code.startsWith("FST_") && status >= 400 && status < 500)
      return protocolError("BARRAGE_BAD_REQUEST", { detail: "it cannot be read" }, error);
  }
  return asProtocolError(error);
}

/** Seconds after which a passing refusal is worth another try, when the error itself does not say. */
const RETRY_AFTER_S = 1;

export function answerOf(error: BarrageError): ErrorAnswer {
  const status = error.spec.http ?? 500;
  const wait = error.fields["retryAfterMs"];
  const seconds = typeof wait === "number" ? Math.max(1, Math.ceil(wait / 1_000)) : RETRY_AFTER_S;
  const headers: Record<string, string> = {};
  if (status === 429 || status === 503) headers["retry-after"] = String(seconds);
  if (status === 401) headers["www-authenticate"] = "Bearer";
  return { status, headers, body: { error: toPublicError(error) } };
}
