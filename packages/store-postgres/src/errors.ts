import { BarrageError, defineErrors } from "@barrage/protocol";
import type { ErrorSpec } from "@barrage/protocol";

/** What can go wrong with the archive's database; written for the operator, who reads it in the log or at /readyz. */
export const POSTGRES_ERRORS = {
  PG_ADDRESS: {
    message:
      "The address of the archive's database is not valid. It has the form postgresql://user@host:5432/database.",
    retryable: false,
  },
  PG_UNREACHABLE: {
    message: "PostgreSQL at {address} does not answer ({reason}). Writing goes on by itself once it does.",
    retryable: true,
  },
  PG_REFUSED: {
    message:
      "PostgreSQL at {address} refuses the connection ({reason}). Look at user, password and database.",
    retryable: false,
  },
  PG_DENIED: {
    message:
      "The user of the archive may not do this in PostgreSQL ({reason}). Make it the owner of its tables.",
    retryable: false,
  },
  PG_NEWER: {
    message:
      "The archive's database was written by a newer version (migration {found}; this one knows {known}). Start that version.",
    retryable: false,
  },
  PG_MIGRATION_CHANGED: {
    message:
      "Migration {id} of the archive's database is not the one that this version has. Start the version that made it.",
    retryable: false,
  },
  PG_PREPARING: {
    message: "The archive's database is being reached, or brought to its newest form. It goes on by itself.",
    retryable: true,
  },
  PG_FOREIGN_STATE: {
    message:
      "The state of a room in PostgreSQL (as of record {seq}) is in a form that this version does not know. Start the version that wrote it.",
    retryable: false,
  },
  PG_BUSY: {
    message: "{waiting} operations wait already for one of the {total} connections to PostgreSQL.",
    retryable: true,
  },
  PG_TIMEOUT: { message: "PostgreSQL took too long ({reason}).", retryable: true },
  PG_BLOCKED: {
    message: "Another session of PostgreSQL held what this one needed ({reason}).",
    retryable: true,
  },
  PG_FULL: {
    message: "PostgreSQL has no space left ({reason}). Free some; writing goes on by itself.",
    retryable: true,
  },
  PG_READ_ONLY: {
    message: "PostgreSQL at {address} takes no writes: it is a standby. Point the archive at the primary.",
    retryable: true,
  },
  PG_UNEXPECTED: { message: "PostgreSQL refused an operation ({reason}).", retryable: true },
  PG_CLOSED: { message: "The archive is closed.", retryable: false },
} as const satisfies Readonly<Record<string, ErrorSpec>>;

export type PostgresErrorCode = keyof typeof POSTGRES_ERRORS;

export const postgresError = defineErrors(POSTGRES_ERRORS);

export const isPostgresError = (error: unknown): error is BarrageError<PostgresErrorCode> =>
  BarrageError.is(error) && Object.hasOwn(POSTGRES_ERRORS, error.code);
