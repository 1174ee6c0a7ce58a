import { postgresError } from "../errors.ts";

/** Where the database is and how long PostgreSQL lets one of our sessions take. */
export interface ConnectionSettings {
  readonly url: string;
  readonly applicationName: string;
  readonly connectMs: number;
  readonly statementMs: number;
  readonly lockMs: number;
  readonly idleInTransactionMs: number;
}

/** Host and database, without user and password: what messages may say. */
export function addressOf(url: string): string {
  if (!/^postgres(ql)?:\/\//.test(url)) throw postgresError("PG_ADDRESS");
  // The driver allows an empty host beside a user, for Unix sockets; the URL class does not.
  const withHost = url.replace(/@(?=[/?])/, "@local");
  if (!URL.canParse(withHost)) throw postgresError("PG_ADDRESS");
  const { host, pathname, searchParams } = new URL(withHost);
  return `${searchParams.get("host") ?? host}${pathname}`;
}
