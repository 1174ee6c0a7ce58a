import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";

/** Processes that a server has started; those have none of their own. */
export function childrenOf(pid: number): readonly number[] {
  const ofLinux = `/proc/${pid}/task/${pid}/children`;
  if (existsSync(ofLinux)) return readFileSync(ofLinux, "utf8").split(" ").filter(Boolean).map(Number);
  const list = execFileSync("ps", ["-A", "-o", "ppid=,pid="], { encoding: "utf8" });
  const pairs = list.split("\n").map((line) => line.trim().split(/\s+/).map(Number));
  return pairs.flatMap(([parent, child]) => (parent === pid && child !== undefined ? [child] : []));
}

export function killIfThere(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It has ended by itself, because its server did.
  }
}
