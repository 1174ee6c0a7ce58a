import { PostgresServer } from "@barrage/launchers";
import type { PostgresOptions as LauncherOptions } from "@barrage/launchers";
import type { Context } from "@barrage/kernel";
import { missingOf, postgresSearch, programsOf } from "./programs.ts";
import { temporaryFolder } from "./temporary-folder.ts";

export type PostgresOptions = Pick<LauncherOptions, "fsync" | "settings">;

/** True when PostgreSQL can be started here. */
export const hasPostgres = (): boolean => missingOf(postgresSearch()) === undefined;

/** A PostgreSQL server of a test's own, reached by a Unix socket in a folder that goes with it. */
export const startPostgres = (options: PostgresOptions = {}, ctx?: Context): Promise<PostgresServer> =>
  PostgresServer.start(
    { ...options, programs: programsOf(postgresSearch()), dir: temporaryFolder("pg"), keep: false },
    ctx,
  );
