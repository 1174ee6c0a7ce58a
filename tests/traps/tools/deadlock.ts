import { fileURLToPath } from "node:url";
import type { Finding } from "../trap.ts";
import { child } from "./child.ts";
import { lineIn } from "./program.ts";

const REPORTER = fileURLToPath(new URL("report-deadlock.ts", import.meta.url));
const HEAD = /^\d+ \S.* \[[^\]]+\]$/;

/** Runs a program in a process that reports a deadlock: each group of sleeping tasks, with where it was started. */
export async function deadlockFindings(file: string): Promise<readonly Finding[]> {
  const { errors } = await child(file, "--import", REPORTER);
  const lines = errors.split("\n");
  if (!errors.includes("all tasks are asleep")) return [];
  return lines.flatMap((head, at) => {
    if (!HEAD.test(head)) return [];
    const rest = lines.slice(at + 1);
    const next = rest.findIndex((line) => HEAD.test(line));
    const stack = rest.slice(0, next < 0 ? undefined : next).join("\n");
    return [{ tool: "deadlock report", guilty: head.replace(/, \d+ ms/, ""), line: lineIn(stack, file) }];
  });
}
