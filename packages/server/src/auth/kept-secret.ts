import { randomBytes } from "node:crypto";
import { existsSync, linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { reasonOf, serverError } from "../errors.ts";

const KEPT = /^[A-Za-z0-9_-]{16,}$/;

/**
 * A random text that is made once and kept in the data folder, readable by its owner only.
 *
 * Errors     SERVER_DATA_UNWRITABLE; also for a file that holds something else, which is left as it is.
 */
export function keptSecret(dir: string, file: string, bytes: number): string {
  const path = join(dir, file);
  if (existsSync(path)) return readKept(path);
  const made = randomBytes(bytes).toString("base64url");
  const own = `${path}.${randomBytes(6).toString("hex")}`;
  try {
    mkdirSync(dir, { recursive: true });
    writeFileSync(own, made, { mode: 0o600 });
    linkThenRemove(own, path);
    return made;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "EEXIST") return readKept(path);
    throw serverError("SERVER_DATA_UNWRITABLE", { dir, reason: reasonOf(error) }, error);
  }
}

/** Servers that start at once in one folder must end up with one secret, and none may read half of it. */
function linkThenRemove(own: string, path: string): void {
  try {
    linkSync(own, path);
  } finally {
    rmSync(own, { force: true });
  }
}

function readKept(path: string): string {
  let text: string;
  try {
    text = readFileSync(path, "utf8").trim();
  } catch (error) {
    throw serverError("SERVER_DATA_UNWRITABLE", { dir: path, reason: reasonOf(error) }, error);
  }
  if (!KEPT.test(text))
    throw serverError("SERVER_DATA_UNWRITABLE", { dir: path, reason: "it holds no secret; delete it" });
  return text;
}
