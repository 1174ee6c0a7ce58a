import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { rules } from "../src/index.ts";

const PLUGIN = fileURLToPath(new URL("../src/index.ts", import.meta.url));
const OXLINT = fileURLToPath(new URL("../bin/oxlint", import.meta.resolve("oxlint")));

export interface Finding {
  readonly code: string;
  readonly line: number;
}

/** What oxlint itself says of a program when its configuration names the plugin by path. */
export function oxlint(code: string, names: readonly string[] = Object.keys(rules)): readonly Finding[] {
  const folder = mkdtempSync(join(tmpdir(), "barrage-lint-"));
  try {
    const config = {
      plugins: [],
      categories: { correctness: "off" },
      jsPlugins: [PLUGIN],
      rules: Object.fromEntries(names.map((name) => [`barrage/${name}`, "error"])),
    };
    writeFileSync(join(folder, ".oxlintrc.json"), JSON.stringify(config));
    writeFileSync(join(folder, "program.ts"), code);
    const { stdout } = spawnSync(process.execPath, [OXLINT, "-f", "json", "program.ts"], {
      cwd: folder,
      encoding: "utf8",
      maxBuffer: 64 * 1024 * 1024,
    });
    const { diagnostics } = JSON.parse(stdout);
    return diagnostics.map((each: { code: string; labels: { span: { line: number } }[] }) => ({
      code: each.code,
      line: each.labels[0]!.span.line,
    }));
  } finally {
    rmSync(folder, { recursive: true });
  }
}
