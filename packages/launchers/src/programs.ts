import { spawnSync } from "node:child_process";
import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";

/** A program that a server needs and this machine lacks. */
export interface Missing {
  /** As people call it, with the oldest version that will do. */
  readonly what: string;
  /** How to get it: commands, or what to set. */
  readonly how: string;
}

/** What looking for a server's programs came to. */
export type Search<Programs> = { readonly programs: Programs } | { readonly missing: readonly Missing[] };

/** The environment that the search looks at: PATH, JAVA_HOME, KAFKA_HOME. */
export type Environment = Readonly<Record<string, string | undefined>>;

export const isExecutable = (path: string): boolean => {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    // Absent, or not for us: either way it is not to be started.
    return false;
  }
};

/** The first program of that name on PATH. */
export const onPath = (env: Environment, name: string): string | undefined =>
  (env["PATH"] ?? "")
    .split(delimiter)
    .filter((folder) => folder !== "")
    .map((folder) => join(folder, name))
    .find(isExecutable);

/** The first number behind `before` in what a program prints; undefined when it cannot be started. */
export function versionOf(program: string, args: readonly string[], before: RegExp): number | undefined {
  const { status, stdout, stderr } = spawnSync(program, args, { encoding: "utf8" });
  if (status !== 0) return undefined;
  const [, digits] = before.exec(`${stdout}${stderr}`) ?? [];
  return digits === undefined ? undefined : Number(digits);
}
