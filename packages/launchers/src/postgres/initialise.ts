import { chownSync, existsSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { unlessCancelled } from "@barrage/kernel";
import type { Context } from "@barrage/kernel";
import { launcherError } from "../errors.ts";
import { ServerProcess } from "../server-process.ts";
import type { Owner } from "./owner.ts";
import type { PostgresOptions } from "./postgres-server.ts";

/** Who the database belongs to, and connects. */
export const USER = "barrage";

/**
 * Makes the server's files unless they are there: aside first, so that a start that is killed leaves nothing that looks
 * like a database.
 *
 * Errors     LAUNCHER_ENDED; cancelled: initdb does not run.
 */
export async function initialise(
  { programs, dir, keep, password }: PostgresOptions,
  owner: Owner | undefined,
  ctx: Context,
): Promise<void> {
  if (existsSync(join(dir, "data"))) return;
  const [data, secret] = [join(dir, "data.new"), join(dir, "password")];
  rmSync(data, { recursive: true, force: true });
  const auth = password === undefined ? ["--auth=trust"] : ["--auth=scram-sha-256", `--pwfile=${secret}`];
  const sync = keep ? [] : ["--no-sync"];
  const initdb = new ServerProcess({
    name: "initdb",
    program: join(programs.bin, "initdb"),
    args: ["-D", data, "-U", USER, ...auth, "--encoding=UTF8", "--locale=C", ...sync],
    logPath: join(dir, "initdb.log"),
    cwd: dir,
    env: { PATH: dirname(programs.bin), LC_ALL: "C" },
    ...(owner === undefined ? {} : { user: owner }),
  });
  try {
    if (password !== undefined) {
      writeFileSync(secret, password, { mode: 0o600 });
      if (owner !== undefined) chownSync(secret, owner.uid, owner.gid);
    }
    initdb.start();
    const how = await unlessCancelled(initdb.ended, ctx);
    if (how !== "code 0")
      throw launcherError("LAUNCHER_ENDED", { server: initdb.name, said: `${how}\n${initdb.tail()}` });
    renameSync(data, join(dir, "data"));
  } finally {
    await initdb.kill();
    rmSync(secret, { force: true });
  }
}
