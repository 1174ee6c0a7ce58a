import { spawnSync } from "node:child_process";

/** Runs a program of its own process, in this package, so that it can end or not as it will. */
export function runProgram(source: string): { stdout: string; stderr: string; status: number | null } {
  const { stdout, stderr, status } = spawnSync(process.execPath, ["--input-type=module", "-e", source], {
    cwd: import.meta.dirname,
    encoding: "utf8",
    timeout: 30_000,
  });
  return { stdout, stderr, status };
}
