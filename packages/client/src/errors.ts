import { defineErrors } from "@barrage/protocol";
import type { BarrageError, ErrorSpec, ErrorFrame } from "@barrage/protocol";

/** What the SDK itself can refuse or report. What a server says keeps the server's code. */
export const CLIENT_ERRORS = {
  BARRAGE_CLIENT_OUTBOX_FULL: {
    message: "{limit} sends are waiting for their answer; this one was not taken.",
    retryable: true,
  },
  BARRAGE_CLIENT_SEND_TIMEOUT: {
    message: "No answer came within {ms} ms. Whether it was published is not known.",
    retryable: true,
  },
  BARRAGE_CLIENT_CLOSED: { message: "The connection is closed ({code}).", retryable: false },
  BARRAGE_CLIENT_FAULT: { message: "The stream broke: {detail}. The connection resumes.", retryable: true },
  BARRAGE_CLIENT_TOKEN_REFRESH: { message: "No new token could be had.", retryable: true },
  BARRAGE_CLIENT_BAD_ADDRESS: { message: "The address of the server is not valid.", retryable: false },
  BARRAGE_CLIENT_NO_WEBSOCKET: {
    message: "There is no WebSocket here: pass one as `webSocket`.",
    retryable: false,
  },
  BARRAGE_CLIENT_UNREACHABLE: { message: "The server could not be reached.", retryable: true },
  BARRAGE_CLIENT_BAD_ANSWER: {
    message: "The server answered {status} with something unknown.",
    retryable: true,
  },
} as const satisfies Readonly<Record<string, ErrorSpec>>;

export type ClientErrorCode = keyof typeof CLIENT_ERRORS;

export const clientError = defineErrors(CLIENT_ERRORS);

/** What a server said, as an error of this side: same code, same sentence. */
export function remoteError(
  said: Pick<ErrorFrame, "code" | "message" | "retryable" | "retry_after_ms">,
): BarrageError {
  const { code, message, retryable, retry_after_ms } = said;
  // The sentence is ready: braces in it are no places to fill.
  const spec = { message: message.replace(/[{}]/g, ""), retryable };
  return defineErrors<string>({ [code]: spec })(code, retry_after_ms === undefined ? {} : { retry_after_ms });
}
