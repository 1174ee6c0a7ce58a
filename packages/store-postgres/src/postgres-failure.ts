import { isCancelled } from "@barrage/kernel";
import { BarrageError } from "@barrage/protocol";
import { postgresError } from "./errors.ts";
import type { PostgresErrorCode } from "./errors.ts";

/** SQLSTATE codes, or their first letters, and what each means for an archive. The first that fits counts. */
const BY_STATE: readonly (readonly [start: string, code: PostgresErrorCode])[] = [
  ["08", "PG_UNREACHABLE"], // the connection is broken
  ["57P0", "PG_UNREACHABLE"], // it goes down, crashed, or starts
  ["53300", "PG_UNREACHABLE"], // too many connections
  ["57014", "PG_TIMEOUT"], // statement_timeout, or cancelled by an administrator
  ["25P03", "PG_TIMEOUT"], // idle in a transaction
  ["55P03", "PG_BLOCKED"], // lock_timeout
  ["40", "PG_BLOCKED"], // deadlock, or not serialisable
  ["53", "PG_FULL"], // disk or memory
  ["25006", "PG_READ_ONLY"],
  ["28", "PG_REFUSED"], // password, pg_hba.conf
  ["3D000", "PG_REFUSED"], // no such database
  ["42501", "PG_DENIED"],
];

const SQLSTATE = /^[0-9A-Z]{5}$/;
/** What Node says of a socket that failed. */
const OF_SOCKET = /^E[A-Z]{3,}$/;

/** Words of the driver for a connection that ended; it gives them no code. */
const ENDED = /connection (terminated|error|timeout)|not queryable/i;

const codeOf = (error: unknown): string =>
  typeof error === "object" && error !== null && "code" in error && typeof error.code === "string"
    ? error.code
    : "";

/** A failure of the driver, of the socket or of PostgreSQL under one of our codes; cancellations and our own stay as they are. */
export function postgresFailure(address: string, error: unknown): Error {
  if (error instanceof Error && (isCancelled(error) || BarrageError.is(error))) return error;
  const state = codeOf(error);
  if (SQLSTATE.test(state) && !OF_SOCKET.test(state)) {
    const [, code = "PG_UNEXPECTED"] = BY_STATE.find(([start]) => state.startsWith(start)) ?? [];
    // The words of PostgreSQL may quote what users wrote: they stay in the cause.
    return postgresError(code, { address, reason: `SQLSTATE ${state}` }, error);
  }
  if (OF_SOCKET.test(state)) return postgresError("PG_UNREACHABLE", { address, reason: state }, error);
  const text = error instanceof Error ? error.message : "";
  if (ENDED.test(text))
    return postgresError("PG_UNREACHABLE", { address, reason: "the connection ended" }, error);
  return postgresError("PG_UNEXPECTED", { reason: "no SQLSTATE" }, error);
}
