import { registerHooks } from "node:module";
import { fileURLToPath } from "node:url";

/** An exact piece of the engine's source, and what stands in its place. */
export interface Edit {
  /** Below packages/engine/src. */
  readonly file: string;
  readonly text: string;
  readonly by: string;
}

export interface Mutant {
  readonly name: string;
  readonly edits: readonly Edit[];
}

const SRC = new URL("../../src/", import.meta.url).href;

const textOf = (source: unknown): string =>
  typeof source === "string" ? source : Buffer.from(source as Uint8Array).toString();

/** From now on the engine's files are loaded with these edits; gives the texts that were replaced by then. */
export function mutate(edits: readonly Edit[]): ReadonlySet<string> {
  const done = new Set<string>();
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
  return done;
}
