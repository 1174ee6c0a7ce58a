/**
 * Runs the contract suites of the ports on everything that implements them, and prints them side by side.
 *
 *   node scripts/contracts.ts              all
 *   node scripts/contracts.ts log window   contracts whose name contains an argument
 *
 * `-`: no implementation on that engine. `skipped`: promised in another way, or the server is not installed here.
 */
import { globSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { ENGINES, sideBySide } from "./contracts/side-by-side.ts";
import type { Contracts } from "./contracts/side-by-side.ts";
import { table } from "./docs/table.ts";
import { runFile } from "./test-run/run-file.ts";
import type { FileResult } from "./test-run/run-file.ts";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const FILE_LIMIT_MS = 240_000;
/** Suites of contracts, and nothing else of their files. */
const ONLY = String.raw`^(.* )?\w+( [^>]+)? as `;

process.chdir(ROOT);
const wanted = process.argv.slice(2);
const files = globSync("packages/*/test/**/*.test.ts", { exclude: (name) => name.includes("node_modules") })
  .filter((file) => /\b\w+Contract\(/.test(readFileSync(file, "utf8")))
  .toSorted();

const interrupted = new AbortController();
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => interrupted.abort());

const results: FileResult[] = [];
for (const file of files) {
  if (interrupted.signal.aborted) break;
  process.stderr.write(`${file} ...\n`);
  results.push(await runFile(file, FILE_LIMIT_MS, interrupted.signal, ONLY));
}

const outcomes = results.flatMap((result) => result.outcomes);
const contracts = sideBySide(outcomes);
print(contracts);
for (const { file, complaint } of results) if (complaint !== undefined) console.log(`${file}: ${complaint}`);
for (const { name, error } of outcomes) if (error !== undefined) console.log(`FAIL ${name}\n${error}`);
const isGood = results.every(({ complaint }) => complaint === undefined);
const hasFailed = outcomes.some(({ outcome }) => outcome === "failed");
process.exitCode = isGood && !hasFailed && !interrupted.signal.aborted && contracts.size > 0 ? 0 : 1;

function print(all: Contracts): void {
  const isWanted = (contract: string): boolean =>
    wanted.length === 0 || wanted.some((word) => contract.includes(word));
  const shown = [...all].filter(([contract]) => isWanted(contract));
  let [tests, runs] = [0, 0];
  for (const [contract, rows] of shown) {
    const cells = rows.map(({ test, on }) => [test, ...ENGINES.map((engine) => on[engine] ?? "-")]);
    console.log(`\n${table([contract, ...ENGINES], cells)}`);
    tests += rows.length;
    runs += rows.reduce((sum, { on }) => sum + Object.keys(on).length, 0);
  }
  console.log(`\n${tests} tests of ${shown.length} contracts, ${runs} runs`);
}
