import { Client } from "pg";
import type { Database } from "./temporary-archive.ts";

/** A session of somebody else's in the same database. */
export interface Session extends AsyncDisposable {
  readonly pid: number;
  sql(text: string): Promise<readonly Record<string, unknown>[]>;
  /** Resolves when PostgreSQL has ended it. */
  readonly ended: Promise<void>;
}

export async function session({ url }: Database): Promise<Session> {
  const client = new Client({ connectionString: url });
  const ended = new Promise<void>((resolve) => client.once("end", () => resolve()));
  client.on("error", () => undefined);
  await client.connect();
  const sql = async (text: string) => (await client.query<Record<string, unknown>>(text)).rows;
  const [row] = await sql("SELECT pg_backend_pid() AS pid");
  return { pid: Number(row!["pid"]), sql, ended, [Symbol.asyncDispose]: () => client.end() };
}

/** Asks again and again, until `condition` holds of the answer. */
export async function untilSql(
  { sql }: Pick<Database, "sql">,
  text: string,
  condition: (rows: readonly Record<string, unknown>[]) => boolean,
): Promise<void> {
  while (!condition(await sql(text)));
}
