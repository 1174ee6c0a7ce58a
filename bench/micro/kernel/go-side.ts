/** The same shapes in Go, on one processor: ns of each row, or undefined where no Go is installed. */
import { execFileSync } from "node:child_process";
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface GoSide {
  readonly version: string;
  readonly ns: ReadonlyMap<string, number>;
}

export function goSide(): GoSide | undefined {
  let version: string;
  try {
    version = execFileSync("go", ["env", "GOVERSION"], { encoding: "utf8" }).trim();
  } catch {
    return undefined;
  }
  const dir = mkdtempSync(join(tmpdir(), "barrage-go-bench-"));
  try {
    copyFileSync(join(import.meta.dirname, "go_bench.go.txt"), join(dir, "kernel_test.go"));
    writeFileSync(join(dir, "go.mod"), "module kernel\n\ngo 1.22\n");
    const out = execFileSync("go", ["test", "-bench=.", "-benchtime=200ms", "-count=3"], {
      cwd: dir,
      encoding: "utf8",
      env: { ...process.env, GOMAXPROCS: "1", GOFLAGS: "", GOTOOLCHAIN: "local" },
    });
    return { version, ns: medians(out) };
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

function medians(out: string): Map<string, number> {
  const runs = new Map<string, number[]>();
  for (const [, name = "", ns] of out.matchAll(/^Benchmark_(\w+)\s+\d+\s+([\d.]+) ns\/op/gm)) {
    const row = name.replaceAll("_", "-");
    runs.set(row, [...(runs.get(row) ?? []), Number(ns)]);
  }
  return new Map([...runs].map(([row, all]) => [row, all.sort((a, b) => a - b)[all.length >> 1] ?? 0]));
}
