import { registerHooks } from "node:module";
import type { Edit } from "../edit.ts";

type Source = string | ArrayBuffer | NodeJS.TypedArray | null | undefined;

const textOf = (source: Source): string =>
  typeof source === "string" ? source : new TextDecoder().decode(source ?? undefined);

/** Modules that are loaded from now on have these edits. A module that is not as an edit expects it does not load. */
export function editSources(edits: readonly Edit[]): void {
  registerHooks({
    load(url, context, nextLoad) {
      const loaded = nextLoad(url, context);
      const own = edits.filter(({ file }) => url.endsWith(`/packages/${file}`));
      if (own.length === 0) return loaded;
      let source = textOf(loaded.source);
      for (const { file, text, by } of own) {
        if (source.split(text).length !== 2) throw new Error(`${file} has not once: ${text}`);
        source = source.replace(text, () => by);
      }
      return { ...loaded, source };
    },
  });
}
