import { createRequire } from "node:module";
import { extname } from "node:path";
import type * as Yaml from "yaml";

/** What a file holds, or the rule that it breaks. A parser's own message quotes the file, which may hold a secret: only the place is told. */
export type ParsedFile = { readonly value: unknown } | { readonly rule: string };

const YAML_ENDINGS: ReadonlySet<string> = new Set([".yaml", ".yml"]);

/** By the name's ending: `.yaml` and `.yml` are YAML, everything else is JSON. */
export const parseFile = ({ path, text }: { readonly path: string; readonly text: string }): ParsedFile =>
  YAML_ENDINGS.has(extname(path).toLowerCase()) ? parseYaml(text) : parseJson(text);

const broken = (form: string, at: string | undefined): ParsedFile => ({
  rule: `must be ${form}${at === undefined ? "" : ` (it breaks at ${at})`}`,
});

function parseJson(text: string): ParsedFile {
  try {
    return { value: JSON.parse(text) as unknown };
  } catch (error) {
    const message = error instanceof Error ? error.message : "";
    return broken("JSON", /position \d+(?: \(line \d+ column \d+\))?/.exec(message)?.[0]);
  }
}

/** One document of the core schema: no tags of its own, no merge keys, no key twice. */
function parseYaml(text: string): ParsedFile {
  // Loaded only for such a file: a server without one starts faster for it.
  const { LineCounter, parseDocument } = createRequire(import.meta.url)("yaml") as typeof Yaml;
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, schema: "core" });
  const [fault] = [...document.errors, ...document.warnings];
  if (fault !== undefined) {
    const { line, col } = lines.linePos(fault.pos[0]);
    return broken("YAML", `line ${line} column ${col}`);
  }
  try {
    return { value: document.toJS() as unknown };
  } catch {
    // More aliases than the library takes.
    return broken("YAML", undefined);
  }
}
