import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Finding, Subject } from "../trap.ts";
import { fileOf, sourceUnguarded } from "./program.ts";

const PLUGIN = fileURLToPath(import.meta.resolve("@barrage/lint"));
const OXLINT = fileURLToPath(new URL("../bin/oxlint", import.meta.resolve("oxlint")));
const SUBJECTS: readonly Subject[] = ["reproduction", "safe"];

interface Report {
  readonly code: string;
  readonly filename: string;
  readonly labels: readonly { readonly span: { offset: number; length: number; line: number } }[];
}

let reports: readonly Report[] | undefined;

/** Both programs of a trap are read in one run of oxlint, because starting it is what takes the time. */
function runOxlint(detection: string, rules: readonly string[]): readonly Report[] {
  const folder = mkdtempSync(join(tmpdir(), "barrage-trap-"));
  try {
    const config = {
      plugins: [],
      categories: { correctness: "off" },
      jsPlugins: [PLUGIN],
      rules: Object.fromEntries(rules.map((rule) => [`barrage/${rule}`, "error"])),
    };
    writeFileSync(join(folder, ".oxlintrc.json"), JSON.stringify(config));
    for (const subject of SUBJECTS) {
      writeFileSync(join(folder, `${subject}.ts`), sourceUnguarded(fileOf(detection, subject)));
    }
    const { stdout } = spawnSync(process.execPath, [OXLINT, "-f", "json", "."], {
      cwd: folder,
      encoding: "utf8",
    });
    return (JSON.parse(stdout) as { readonly diagnostics: readonly Report[] }).diagnostics;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** What oxlint says of a program under these rules of `@barrage/lint`, with the source text of the place. */
export function lint(detection: string, subject: Subject, ...rules: readonly string[]): readonly Finding[] {
  reports ??= runOxlint(detection, rules);
  const source = Buffer.from(sourceUnguarded(fileOf(detection, subject)));
  return reports
    .filter(({ filename }) => filename.endsWith(`${subject}.ts`))
    .flatMap(({ code, labels: [label] }) => {
      if (label === undefined) return [];
      const { offset, length, line } = label.span;
      const [guilty = ""] = source
        .subarray(offset, offset + length)
        .toString()
        .split("\n");
      return [{ tool: `lint ${/\((.*)\)/.exec(code)?.[1] ?? code}`, guilty: guilty.slice(0, 40), line }];
    });
}
