import { defineErrors } from "@barrage/protocol";
import type { ErrorSpec } from "@barrage/protocol";

/** What the command itself can say went wrong; errors of the other packages pass through with their own sentence. */
export const CLI_ERRORS = {
  CLI_USAGE: { message: "{detail}", retryable: false },
  CLI_FILE_UNREADABLE: { message: "cannot read {file}: {reason}", retryable: false },
  CLI_FILE_UNWRITABLE: { message: "cannot write {file}: {reason}", retryable: false },
  CLI_SERVER_UNREACHABLE: { message: "no server answers at {url}: {reason}", retryable: true },
  CLI_SERVER_REFUSED: { message: "the server refused: {message} ({code})", retryable: false },
  CLI_SERVER_ODD: { message: "the answer of {url} is not Barrage's: {detail}", retryable: false },
  CLI_INCOMPLETE: { message: "{lost} of {total} danmaku did not arrive", retryable: false },
  CLI_PROGRAMS_MISSING: {
    message: "this machine lacks {count} of the programs that a cluster needs",
    retryable: false,
  },
  CLI_PORT_TAKEN: { message: "port {port} is taken; choose another with --port", retryable: true },
  CLI_CLUSTER_IN_USE: { message: "{dir} is in use by another barrage cluster up", retryable: true },
  CLI_ROLE_ENDED: { message: "{role} ended before it was ready: {said}", retryable: true },
  CLI_ROLE_NOT_READY: { message: "{role} is not ready after {seconds} s: {reason}", retryable: true },
  CLI_UNHEALTHY: { message: "{count} of {total} checks failed", retryable: false },
} as const satisfies Readonly<Record<string, ErrorSpec>>;

export const cliError = defineErrors(CLI_ERRORS);

export const usageError = (detail: string) => cliError("CLI_USAGE", { detail });
