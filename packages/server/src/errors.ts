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
  // ---- the socket between the owner and its workers
  SERVER_SOCKET_PATH_TOO_LONG: {
    message:
      "The socket path {path} has {bytes} bytes; at most {limit} are possible. Choose a shorter folder.",
    retryable: false,
  },
  SERVER_SOCKET_TAKEN: {
    message: "Another process answers at the socket {path}; is the server running already?",
    retryable: true,
  },
  SERVER_SOCKET_UNUSABLE: { message: "The socket {path} cannot be used: {reason}.", retryable: false },
  SERVER_OWNER_UNREACHABLE: {
    message: "No owner process answers at the socket {path}.",
    retryable: true,
  },
  SERVER_LINK_BAD_BYTES: {
    message: "What came over the link is none of its frames: {detail}.",
    retryable: false,
  },
  SERVER_LINK_FRAME_TOO_LARGE: {
    message: "A frame of {bytes} bytes is over the limit of {limit}.",
    retryable: false,
  },
  SERVER_LINK_VERSION: {
    message:
      "The worker speaks version {theirs} of the link and the owner version {ours}: start both from one installation.",
    retryable: false,
  },
  SERVER_WORKER_OUTDATED: {
    message: "Worker {id} of generation {generation} has been replaced by generation {newest}.",
    retryable: false,
  },
  SERVER_CLUSTER_ABSENT: {
    message: "{service} was not there within {waitedMs} ms: {reason}",
    retryable: true,
  },
  SERVER_DRAIN_FORCED: {
    message: "The server was closed before everything had ended: {reason}.",
    retryable: false,
  },
  SERVER_BAD_CONTROL_MESSAGE: {
    message: "A message between supervisor and process cannot be read: {reason}.",
    retryable: false,
  },
  SERVER_PROCESS_FAILED: { message: "{reason}", retryable: false },
  SERVER_SUPERVISOR_SILENT: { message: "The supervisor does not answer.", retryable: true },
  SERVER_RELOAD_REFUSED: {
    message: "A restart of the processes cannot change {settings}: restart the whole server for that.",
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
