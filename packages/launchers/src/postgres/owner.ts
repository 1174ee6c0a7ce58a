import { spawnSync } from "node:child_process";
import { chmodSync, chownSync, readFileSync } from "node:fs";
import { launcherError } from "../errors.ts";

/** The user that the server runs as. */
export interface Owner {
  readonly uid: number;
  readonly gid: number;
}

/** PostgreSQL refuses to run as root: then it runs as the user Debian made for it, or as nobody. Errors: LAUNCHER_NO_USER. */
function userInPlaceOfRoot(): Owner & { readonly name: string } {
  const users = readFileSync("/etc/passwd", "utf8")
    .split("\n")
    .map((line) => line.split(":"));
  const user = users.find(([name]) => name === "postgres") ?? users.find(([name]) => name === "nobody");
  if (user === undefined) throw launcherError("LAUNCHER_NO_USER");
  return { name: user[0] ?? "", uid: Number(user[2]), gid: Number(user[3]) };
}

/**
 * Gives the folder to whom the server runs as, which is said: absent, it is us.
 *
 * Errors     LAUNCHER_NO_USER; LAUNCHER_FOLDER_CLOSED when a folder above it is closed to that user.
 */
export function handOver(folder: string): Owner | undefined {
  chmodSync(folder, 0o700);
  if (process.getuid?.() !== 0) return undefined;
  const { name, uid, gid } = userInPlaceOfRoot();
  chownSync(folder, uid, gid);
  const { status } = spawnSync("test", ["-x", folder], { uid, gid, cwd: "/" });
  if (status !== 0) throw launcherError("LAUNCHER_FOLDER_CLOSED", { user: name, folder });
  return { uid, gid };
}
