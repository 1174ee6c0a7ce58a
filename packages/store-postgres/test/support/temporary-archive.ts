import { after, before } from "node:test";
import { Client } from "pg";
import { background } from "@barrage/kernel";
import type { Context } from "@barrage/kernel";
import { hasPostgres, requireOrSkip, startPostgres } from "@barrage/testkit";
import type { PostgresOptions as ServerOptions, PostgresServer } from "@barrage/testkit";
import { openPostgresArchive, openPostgresStore } from "../../src/index.ts";
import type { PostgresArchive, PostgresOptions, PostgresStore } from "../../src/index.ts";

/** For `describe`: skipped with one line where PostgreSQL is absent. */
export const needsPostgres = () => requireOrSkip("postgresql", hasPostgres());

export interface Database {
  readonly url: string;
  /** Runs SQL on a connection of the test's own. */
  sql(text: string, values?: unknown[]): Promise<readonly Record<string, unknown>[]>;
}

export interface TemporaryServer {
  readonly server: PostgresServer;
  /** A new, empty database. */
  database(): Promise<Database>;
}

/** A server for the tests of a file or suite; it starts before the first and ends after the last. */
export function temporaryServer(options: ServerOptions = {}): TemporaryServer {
  let server: PostgresServer | undefined;
  let made = 0;
  before(async () => {
    if (hasPostgres()) server = await startPostgres(options);
  });
  after(async () => server?.[Symbol.asyncDispose]());
  const running = (): PostgresServer => {
    if (server === undefined) throw new Error("the server has not started");
    return server;
  };
  return {
    get server() {
      return running();
    },
    async database() {
      const name = `test_${++made}`;
      await run(running().url(), `CREATE DATABASE ${name}`);
      const url = running().url(name);
      return { url, sql: (text, values) => run(url, text, values) };
    },
  };
}

async function run(url: string, text: string, values: unknown[] = []): Promise<Record<string, unknown>[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    const { rows } = await client.query<Record<string, unknown>>(text, values);
    return rows;
  } finally {
    await client.end();
  }
}

export interface TemporaryArchive extends AsyncDisposable {
  readonly archive: PostgresArchive;
  readonly database: Database;
}

/** An archive in a database of its own. */
export async function temporaryArchive(
  server: TemporaryServer,
  options: Partial<PostgresOptions> = {},
  ctx: Context = background,
): Promise<TemporaryArchive> {
  const database = await server.database();
  const archive = await openPostgresArchive({ url: database.url, ...options }, ctx);
  return { archive, database, [Symbol.asyncDispose]: () => archive.close() };
}

export interface TemporaryStore extends PostgresStore, AsyncDisposable {
  readonly database: Database;
}

/** A store in a database of its own, which is prepared: on a slow machine that takes longer than an operation waits for it. */
export async function temporaryStore(
  server: TemporaryServer,
  options: Partial<PostgresOptions> = {},
  ctx: Context = background,
): Promise<TemporaryStore> {
  const database = await server.database();
  const store = openPostgresStore({ url: database.url, ...options }, ctx);
  await store.prepare(ctx);
  const { archive, catalog, audit, prepare, close } = store;
  return {
    archive,
    catalog,
    audit,
    get health() {
      return store.health;
    },
    get figures() {
      return store.figures;
    },
    prepare,
    close,
    database,
    [Symbol.asyncDispose]: close,
  };
}
