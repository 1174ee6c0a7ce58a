/**
 * Runs the catalogue of traps and prints what came of it.
 *
 *   npm run traps                all
 *   npm run traps -- T04 T23     some
 *
 * Fails when a reproduction shows no damage, a detection misses the guilty line or names another, or a safe version
 * is damaged or reported.
 */
import { runTraps } from "../tests/traps/run-all.ts";
import { trapNames } from "../tests/traps/catalogue.ts";
import { complaints, type Ran, showFinding, showMeasured } from "../tests/traps/verdict.ts";
import { table } from "./docs/table.ts";

const HEAD = ["trap", "", "damage shown", "detected by", "safe version"] as const;

// Longest cell (characters): a wider table is not read in a terminal.
const CELL = 72;

const short = (text: string): string => (text.length <= CELL ? text : `${text.slice(0, CELL - 1)}…`);

const unique = (texts: readonly string[]): readonly string[] => [...new Set(texts.map(short))];

/** Cells of several lines become rows, of which the first one names the trap. */
function rows(names: readonly [string, string], columns: readonly (readonly string[])[]): string[][] {
  const height = Math.max(1, ...columns.map((column) => column.length));
  return Array.from({ length: height }, (_, line) => [
    ...(line === 0 ? names : ["", ""]),
    ...columns.map((column) => column[line] ?? ""),
  ]);
}

function rowsOf([id, ran]: readonly [string, Ran]): string[][] {
  const wrong = complaints(ran).map((each) => short(`NO: ${each.split("\n")[0] ?? ""}`));
  const verdict = wrong.length === 0 ? ["clean"] : wrong;
  if ("failure" in ran) return rows([id, ""], [[], [], verdict]);
  const { title, damage, found } = ran.outcome;
  return rows(
    [id, short(title)],
    [unique(damage.map(showMeasured)), unique(found.map(showFinding)), verdict],
  );
}

const asked = process.argv.slice(2);
const unknown = asked.filter((id) => trapNames.every((name) => name.id !== id));
if (unknown.length > 0) {
  console.error(`traps: there is no ${unknown.join(", ")}`);
  process.exitCode = 2;
} else {
  const startedAt = performance.now();
  const ran = await runTraps(trapNames.filter(({ id }) => asked.length === 0 || asked.includes(id)));
  console.log(table(HEAD, [...ran].flatMap(rowsOf)));
  const failed = [...ran].filter(([, each]) => complaints(each).length > 0);
  for (const [id, each] of failed) console.log(`\n${id}: ${complaints(each).join("; ")}`);
  const seconds = ((performance.now() - startedAt) / 1_000).toFixed(1);
  console.log(
    `\n${ran.size - failed.length} of ${ran.size} traps shown, detected and avoided, in ${seconds} s`,
  );
  process.exitCode = failed.length === 0 ? 0 : 1;
}
