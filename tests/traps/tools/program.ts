import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Subject } from "../trap.ts";

/** The file of a program, by the detection beside it. */
export const fileOf = (detection: string, subject: Subject): string =>
  fileURLToPath(new URL(`${subject}.ts`, detection));

/** Its source as a tool must see it: without the comments that tell a tool to look away. Lines stay where they are. */
export function sourceUnguarded(file: string): string {
  return readFileSync(file, "utf8")
    .replaceAll(/^[ \t]*\/\/ (oxlint-disable-next-line|@ts-expect-error).*$/gm, "")
    .replaceAll(/\/\/ oxlint-disable-line.*$/gm, "");
}

/** The first line of `file` that a stack goes through; 0 for a stack that does not. */
export function lineIn(stack: string | undefined, file: string): number {
  for (const frame of (stack ?? "").split("\n")) {
    const at = frame.indexOf(`${file}:`);
    if (at >= 0) return Number.parseInt(frame.slice(at + file.length + 1), 10);
  }
  return 0;
}

/** The line of `file` that called what calls this. */
export const callerLine = (file: string): number => lineIn(new Error("here").stack, file);
