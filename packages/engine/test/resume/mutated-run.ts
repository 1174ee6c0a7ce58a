/**
 * Runs the harness on a mutated engine, in a process of its own, and prints the first run that broke a promise.
 *
 *   node mutated-run.ts [index in MUTANTS] [seeds]
 */
import { registerHooks } from "node:module";
import { fileURLToPath } from "node:url";
import { MUTANTS } from "./mutants.ts";

const SRC = new URL("../../src/", import.meta.url).href;
const [index = "-1", seeds = "1"] = process.argv.slice(2);
const edits = MUTANTS[Number(index)]?.edits ?? [];
const done = new Set<string>();

const textOf = (source: unknown): string =>
  typeof source === "string" ? source : Buffer.from(source as Uint8Array).toString();

registerHooks({
  load(url, context, nextLoad) {
    const loaded = nextLoad(url, context);
    const file = url.startsWith(SRC) ? url.slice(SRC.length) : undefined;
    const own = edits.filter((edit) => edit.file === file);
    if (own.length === 0) return loaded;
    let source = textOf(loaded.source);
    for (const { text, by } of own) {
      // A text that is gone, or there twice, would make a mutant of nothing.
      if (source.split(text).length !== 2)
        throw new Error(`not exactly once in ${fileURLToPath(url)}: ${text}`);
      source = source.replace(text, () => by);
      done.add(text);
    }
    return { ...loaded, source };
  },
});

const { runResume } = await import("./resume-run.ts");
const { PROPERTY } = await import("./sizes.ts");

/** The first seed that broke a promise, and what it broke; nothing for none. */
async function firstBreak(): Promise<
  { readonly seed: number; readonly violations: readonly string[] } | undefined
> {
  for (let seed = 1; seed <= Number(seeds); seed++) {
    for (const window of ["shared", "own"] as const) {
      const { violations } = await runResume({ ...PROPERTY, seed, window });
      if (violations.length > 0) return { seed, violations };
    }
  }
  return undefined;
}

const found = await firstBreak();
console.log(JSON.stringify({ edits: done.size, ...found }));
