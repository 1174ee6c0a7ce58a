/**
 * Runs the tests with node:test.
 *
 *   npm test                           all
 *   npm test -- packages/kernel        files whose path contains an argument
 *
 * The last line is `N passed, N failed, N skipped`. Suites of one package run beside each other; those in `tests/`
 * start servers and browsers and run one by one.
 */
import { globSync } from "node:fs";
import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import { add, runFiles, type Group, type Totals } from "./test-run/run-files.ts";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const UNIT_FILE_LIMIT_MS = 240_000; // the longest takes 20 s on a free machine, ten times that on a full one; more is a hang
const SYSTEM_FILE_LIMIT_MS = 480_000; // the fresh clone downloads Node and all dependencies: a minute or two, on a full machine more

const filters = process.argv.slice(2);
process.chdir(ROOT);
process.env["TEST_FILTER"] = filters.join(",");

function select(patterns: readonly string[]): string[] {
  const files = globSync([...patterns], { exclude: (name) => name.includes("node_modules") }).toSorted();
  return files.filter((file) => filters.length === 0 || filters.some((filter) => file.includes(filter)));
}

const groups: readonly Group[] = [
  {
    files: select(["packages/*/test/**/*.test.ts", "apps/*/test/**/*.test.ts", "bench/test/**/*.test.ts"]),
    concurrency: Math.min(2, availableParallelism()),
    fileLimitMs: UNIT_FILE_LIMIT_MS,
  },
  { files: select(["tests/**/*.test.ts"]), concurrency: 1, fileLimitMs: SYSTEM_FILE_LIMIT_MS },
];

const interrupted = new AbortController();
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => interrupted.abort());

let totals: Totals = { passed: 0, failed: 0, skipped: 0 };
for (const group of groups) totals = add(totals, await runFiles(group, interrupted.signal));

if (groups.every((group) => group.files.length === 0)) {
  console.error(`no test file matches ${filters.join(" ") || "anything"}`);
  totals = add(totals, { passed: 0, failed: 1, skipped: 0 });
}
if (interrupted.signal.aborted) console.error("interrupted");
console.log(`${totals.passed} passed, ${totals.failed} failed, ${totals.skipped} skipped`);
process.exitCode = totals.failed === 0 && !interrupted.signal.aborted ? 0 : 1;
