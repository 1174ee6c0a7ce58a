import { execFile } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** What a benchmark printed and what it wrote with `--json`; how it judged itself, its exit code, is up to the machine. */
export async function runBench(
  file: string,
  args: readonly string[],
): Promise<{ readonly code: number | null; readonly stdout: string; readonly json: unknown }> {
  const dir = mkdtempSync(join(tmpdir(), "barrage-bench-test-"));
  const json = join(dir, "result.json");
  try {
    const run = await new Promise<{ code: number | null; stdout: string }>((resolve) => {
      const command = [join(import.meta.dirname, "..", file), ...args, "--json", json];
      const child = execFile(process.execPath, command, (_, out, err) =>
        resolve({ code: child.exitCode, stdout: `${out}${err}` }),
      );
    });
    if (!existsSync(json)) throw new Error(`no result: ${run.stdout}`);
    return { ...run, json: JSON.parse(readFileSync(json, "utf8")) };
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}
