import { globSync } from "node:fs";
import { delimiter, join } from "node:path";
import { isExecutable, versionOf } from "../programs.ts";
import type { Environment, Search } from "../programs.ts";

export interface PostgresPrograms {
  /** Folder of `initdb` and `postgres`. */
  readonly bin: string;
}

const VERSION_MIN = 14;

/** The first of PATH, or the newest of Debian's, who keeps them off PATH. */
export function findPostgres(env: Environment): Search<PostgresPrograms> {
  const versions = globSync("/usr/lib/postgresql/*/bin");
  const newestFirst = versions.toSorted((a, b) => b.localeCompare(a, "en", { numeric: true }));
  const bin = [...(env["PATH"] ?? "").split(delimiter), ...newestFirst].find(
    (folder) =>
      folder !== "" && isExecutable(join(folder, "initdb")) && isExecutable(join(folder, "postgres")),
  );
  const version =
    bin === undefined ? undefined : versionOf(join(bin, "postgres"), ["--version"], /\(PostgreSQL\) (\d+)/);
  if (bin !== undefined && version !== undefined && version >= VERSION_MIN) return { programs: { bin } };
  return {
    missing: [
      {
        what: `PostgreSQL ${VERSION_MIN} or newer (initdb and postgres)`,
        how: "apt-get install postgresql",
      },
    ],
  };
}
