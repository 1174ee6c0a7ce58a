/**
 * Runs the partition's harness on a mutated engine, in a process of its own, and prints the first run that broke a promise.
 *
 *   node mutated-partition.ts [index in MUTANTS] [seeds]
 */
import { mutate } from "../support/mutation.ts";
import { MUTANTS } from "./mutants.ts";

const [index = "-1", seeds = "1"] = process.argv.slice(2);
const done = mutate(MUTANTS[Number(index)]?.edits ?? []);

const { runPartition, SMALL } = await import("./partition-run.ts");

/** The first seed that broke a promise, and what it broke; nothing for none. */
async function firstBreak(): Promise<
  { readonly seed: number; readonly violations: readonly string[] } | undefined
> {
  for (let seed = 1; seed <= Number(seeds); seed++) {
    const { violations } = await runPartition({ ...SMALL, seed });
    if (violations.length > 0) return { seed, violations };
  }
  return undefined;
}

const found = await firstBreak();
console.log(JSON.stringify({ edits: done.size, ...found }));
