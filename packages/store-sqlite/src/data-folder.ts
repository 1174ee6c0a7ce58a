import { accessSync, constants, mkdirSync, statSync } from "node:fs";
import { storeError } from "./errors.ts";

/** Makes the folder if it is not there, and sees that this process may write in it. */
export function prepareFolder(path: string): void {
  try {
    mkdirSync(path);
  } catch (error) {
    const code = codeOf(error);
    if (code === "ENOENT")
      throw storeError("STORE_DIR_MISSING", { path, reason: "there is no such parent" }, error);
    if (code === "ENOTDIR")
      throw storeError("STORE_DIR_MISSING", { path, reason: "its parent is a file" }, error);
    if (code !== "EEXIST") throw storeError("STORE_UNWRITABLE", { path, reason: code }, error);
  }
  if (!statSync(path).isDirectory()) throw storeError("STORE_UNWRITABLE", { path, reason: "it is a file" });
  try {
    accessSync(path, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (error) {
    throw storeError("STORE_UNWRITABLE", { path, reason: codeOf(error) }, error);
  }
}

const codeOf = (error: unknown): string =>
  error instanceof Error && "code" in error ? String(error.code) : String(error);
