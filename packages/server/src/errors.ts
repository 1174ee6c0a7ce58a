import { defineErrors } from "@barrage/protocol";
import type { ErrorSpec } from "@barrage/protocol";

/** What can keep the server from starting. People read these on a terminal; none of them reaches a peer. */
export const SERVER_ERRORS = {
  SERVER_CONFIG_INVALID: { message: "The configuration is not valid: {problems}", retryable: false },
  SERVER_CONFIG_UNREADABLE: { message: "The config file {path} cannot be read: {reason}.", retryable: false },
  SERVER_PORT_TAKEN: {
    message: "Port {port} on {host} is taken by another program; choose another with --server.port.",
    retryable: true,
  },
  SERVER_PORT_FORBIDDEN: {
    message: "This user may not listen on port {port} on {host}; ports under 1024 need more rights.",
    retryable: false,
  },
  SERVER_HOST_UNKNOWN: { message: "This machine has no address {host}.", retryable: false },
  SERVER_LISTEN_FAILED: { message: "Cannot listen on {host}:{port}: {reason}.", retryable: true },
  SERVER_DATA_UNWRITABLE: {
    message: "The data folder {dir} cannot be written: {reason}.",
    retryable: false,
  },
  SERVER_TLS_UNREADABLE: { message: "The TLS {what} {path} cannot be used: {reason}.", retryable: false },
  SERVER_KEYS_UNREADABLE: { message: "The key set {path} cannot be used: {reason}.", retryable: false },
  SERVER_WORDS_UNREADABLE: { message: "The word list {path} cannot be used: {reason}.", retryable: true },
  SERVER_DRAIN_FORCED: {
    message: "The server was closed before everything had ended: {reason}.",
    retryable: false,
  },
} as const satisfies Readonly<Record<`SERVER_${string}`, ErrorSpec>>;

export type ServerErrorCode = keyof typeof SERVER_ERRORS;

export const serverError = defineErrors(SERVER_ERRORS);

/** The system's own code (`ENOENT`) or the message, for the `reason` of an error. */
export const reasonOf = (error: unknown): string => {
  if (!(error instanceof Error)) return String(error);
  const { code } = error as NodeJS.ErrnoException;
  return code === undefined ? error.message : `${code}, ${error.message}`;
};
