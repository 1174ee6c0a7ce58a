/**
 * Everything about the tree that can be judged without running it.
 *
 *   npm run check              all steps
 *   npm run check -- lint      one step, by name
 */
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const BIN = (path: string): string => join(ROOT, "node_modules", path);

/** What Node is given, by step. The order is from cheap to dear. */
const STEPS: Readonly<Record<string, readonly string[]>> = {
  format: [BIN("prettier/bin/prettier.cjs"), "--check", "--log-level", "warn", "."],
  lint: [BIN("oxlint/bin/oxlint"), "--type-aware", "--deny-warnings"],
  types: [BIN("typescript/bin/tsc"), "-b"],
  docs: [join(ROOT, "scripts", "docs.ts"), "--check"],
  unused: [BIN("knip/bin/knip.js"), "--no-config-hints"],
};

/** Steps that change files run only when named. */
const ON_REQUEST: Readonly<Record<string, readonly string[]>> = {
  "format:write": [BIN("prettier/bin/prettier.cjs"), "--write", "--log-level", "warn", "."],
};

function runStep(name: string, args: readonly string[]): boolean {
  const startedAt = performance.now();
  const result = spawnSync(process.execPath, args, { cwd: ROOT, encoding: "utf8" });
  const seconds = ((performance.now() - startedAt) / 1_000).toFixed(1);
  const isGood = result.status === 0;
  if (!isGood) process.stdout.write(`${result.stdout}${result.stderr}`);
  console.log(`${isGood ? "ok    " : "FAILED"}  ${name.padEnd(12)} ${seconds.padStart(6)} s`);
  return isGood;
}

const named = process.argv.slice(2);
const all = { ...STEPS, ...ON_REQUEST };
const unknown = named.filter((name) => all[name] === undefined);
if (unknown.length > 0) {
  console.error(`check: no step named ${unknown.join(", ")}; there are ${Object.keys(all).join(", ")}`);
  process.exitCode = 2;
} else {
  const chosen = named.length > 0 ? named : Object.keys(STEPS);
  const failed = chosen.filter((name) => !runStep(name, all[name] ?? []));
  if (failed.length > 0) {
    console.log(`check: ${failed.join(", ")} failed`);
    process.exitCode = 1;
  } else if (named.length === 0) {
    console.log("check: all is well");
  }
}
