import type { PostgresEvent } from "./events.ts";

/** One line of a log. */
export interface PostgresLine {
  readonly level: "info" | "warn" | "error";
  /** The event's type: what a search or an alarm looks for. */
  readonly code: PostgresEvent["type"];
  readonly message: string;
  /** Beside the message; `err` is an error. */
  readonly fields: Readonly<Record<string, unknown>>;
}

const BLOCKERS = {
  cancelled: "a session held up ours and its query was cancelled",
  terminated: "a session held up ours, did nothing, and was ended",
  denied: "a session holds up ours and PostgreSQL does not let us see or end it",
  watched: "a session holds up ours and is left alone by policy",
} as const;

/** An event as its line in the log. */
export function postgresLine(event: PostgresEvent): PostgresLine {
  const { type: code, ...rest } = event;
  const line = (level: PostgresLine["level"], message: string, fields: PostgresLine["fields"] = rest) => ({
    level,
    code,
    message,
    fields,
  });
  switch (event.type) {
    case "postgres_down":
      return line("error", "PostgreSQL does not answer", { err: event.error });
    case "postgres_up":
      return line("info", "PostgreSQL answers again");
    case "prepare_failed":
      return line("error", "PostgreSQL answers and cannot be used", { err: event.error });
    case "migrated":
      return line("info", "the database was brought to its newest form");
    case "pool_exhausted":
      return line("error", "all connections to PostgreSQL are taken");
    case "pool_recovered":
      return line("info", "there are free connections to PostgreSQL again");
    case "connection_lost":
      return line("warn", "a connection to PostgreSQL broke while nobody used it", { err: event.error });
    case "blocker":
      return line(event.done === "watched" ? "info" : "warn", BLOCKERS[event.done], {
        ...event.blocker,
        done: event.done,
      });
    case "partitions_made":
      return line("info", "partitions of the archive were made");
    case "partitions_failed":
      return line("error", "partitions of the archive could not be made and are tried again", {
        err: event.error,
      });
  }
}
