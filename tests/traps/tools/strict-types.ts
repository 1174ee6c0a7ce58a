import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import type { Finding, Subject } from "../trap.ts";
import { fileOf, sourceUnguarded } from "./program.ts";

const TSC = fileURLToPath(new URL("bin/tsc", import.meta.resolve("typescript/package.json")));
const FLAGS = ["--noEmit", "--strict", "--noUncheckedIndexedAccess", "--allowImportingTsExtensions"];
const MODULES = ["--module", "nodenext", "--target", "esnext", "--pretty", "false"];
const SUBJECTS: readonly Subject[] = ["reproduction", "safe"];

let output: string | undefined;

/** Both programs of a trap go through one run of the compiler. */
function runTsc(detection: string): string {
  const folder = mkdtempSync(join(tmpdir(), "barrage-trap-"));
  try {
    const programs = SUBJECTS.map((subject) => {
      const file = fileOf(detection, subject);
      const absolute = (_: string, path: string): string => `from "${resolve(dirname(file), path)}"`;
      const program = join(folder, `${subject}.mts`);
      writeFileSync(program, sourceUnguarded(file).replaceAll(/from "(\.[^"]+)"/g, absolute));
      return program;
    });
    const options = { cwd: folder, encoding: "utf8" } as const;
    return spawnSync(process.execPath, [TSC, ...FLAGS, ...MODULES, ...programs], options).stdout;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** What the compiler says of a program under the strict flags this repository is built with. */
export function strictTypes(detection: string, subject: Subject): readonly Finding[] {
  output ??= runTsc(detection);
  const reports = [...output.matchAll(/(\w+)\.mts\((\d+),\d+\): error (TS\d+): (.*)/g)];
  return reports
    .filter(([, program]) => program === subject)
    .map(([, , line, code = "", says = ""]) => ({ tool: `tsc ${code}`, guilty: says, line: Number(line) }));
}
