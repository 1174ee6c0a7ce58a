import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** What a benchmark printed and what it wrote with `--json`; how it judged itself is up to the machine. */
export async function runBench(
  file: string,
  args: readonly string[],
): Promise<{ readonly stdout: string; readonly json: unknown }> {
  const dir = mkdtempSync(join(tmpdir(), "barrage-bench-test-"));
  const json = join(dir, "result.json");
  try {
    const stdout = await new Promise<string>((resolve) => {
      const command = [join(import.meta.dirname, "..", file), ...args, "--json", json];
      execFile(process.execPath, command, (_, out, err) => resolve(`${out}${err}`));
    });
    return { stdout, json: JSON.parse(readFileSync(json, "utf8")) };
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}
