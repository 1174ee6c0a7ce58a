import { execFile } from "node:child_process";
import { globSync } from "node:fs";
import { join } from "node:path";
import { GO_SOURCES } from "./catalogue-go.ts";
import { OTHER_SOURCES } from "./catalogue-others.ts";
import { LISTING } from "./support/origin.ts";
import type { Source } from "./support/source.ts";

export const SOURCES: readonly Source[] = [...GO_SOURCES, ...OTHER_SOURCES];

/** What the tests of one source are. */
export interface Listed {
  readonly cases: ReadonlySet<string>;
  readonly tests: number;
}

/** The tests as they declare themselves: every file is run with each body left out. */
export async function listTests(): Promise<Map<string, Listed>> {
  const files = globSync("*/*.test.ts", { cwd: import.meta.dirname });
  const env: NodeJS.ProcessEnv = { ...process.env, [LISTING]: "1" };
  // With it the tests of the child would count as our own.
  delete env["NODE_TEST_CONTEXT"];
  const args = [
    "--test",
    "--test-isolation=none",
    "--test-reporter=tap",
    ...files.map((file) => join(import.meta.dirname, file)),
  ];
  const out = await new Promise<string>((resolve, reject) => {
    execFile(process.execPath, args, { env, maxBuffer: 1 << 26 }, (error, stdout) => {
      if (error === null) resolve(stdout);
      else reject(new Error("the tests cannot be listed", { cause: error }));
    });
  });
  const found = new Map<string, { cases: Set<string>; tests: number }>();
  for (const [, source = "", name = ""] of out.matchAll(/^ *# Subtest: .* \{(.+?): (.+)\}$/gm)) {
    const listed = found.get(source) ?? { cases: new Set<string>(), tests: 0 };
    listed.cases.add(name);
    listed.tests += 1;
    found.set(source, listed);
  }
  return found;
}

export function leftOutOf(source: Source): readonly string[] {
  return Object.values(source.leftOut ?? {}).flat();
}

/** The table of the README. */
export function table(found: ReadonlyMap<string, Listed>): string {
  const rows = SOURCES.map((source) => {
    const { cases, tests } = found.get(source.name) ?? { cases: new Set(), tests: 0 };
    return {
      name: source.name,
      cases: source.cases,
      ported: cases.size,
      tests,
      out: leftOutOf(source).length,
    };
  });
  const sum = (of: (row: (typeof rows)[number]) => number): number =>
    rows.reduce((total, row) => total + of(row), 0);
  const all = {
    name: "**all**",
    cases: sum((r) => r.cases),
    ported: sum((r) => r.ported),
    tests: sum((r) => r.tests),
  };
  const lines = [...rows, { ...all, out: sum((r) => r.out) }].map(
    (row) => `| ${row.name} | ${row.cases} | ${row.ported} | ${row.out} | ${row.tests} |`,
  );
  return ["| source | cases | ported | left out | tests |", "| --- | --- | --- | --- | --- |", ...lines].join(
    "\n",
  );
}

/** What is left out and why, as a list. */
export function reasons(): string {
  return SOURCES.flatMap((source) =>
    Object.entries(source.leftOut ?? {}).map(
      ([why, cases]) => `- ${source.name}: ${why}: ${cases.join(", ")}.`,
    ),
  ).join("\n");
}
