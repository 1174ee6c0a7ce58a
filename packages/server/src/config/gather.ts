import { LEAVES } from "./leaves.ts";
import type { Leaf } from "./leaves.ts";
import { shown } from "./problems.ts";
import type { ConfigProblem, Source } from "./problems.ts";
import { parseFile } from "./parse-file.ts";
import { readText } from "./read-text.ts";

export interface ConfigInput {
  /** Text of the config file and its name for messages. */
  readonly file?: { readonly path: string; readonly text: string } | undefined;
  /** The whole environment; only `BARRAGE_*` is looked at. */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined;
  /** By flag name without dashes: `{ "server.port": "0" }`. */
  readonly flags?: Readonly<Record<string, string | number | boolean | undefined>> | undefined;
}

/** One given value, unchecked. */
export interface Given {
  readonly value: unknown;
  readonly source: Source;
  readonly name: string;
}

/** What was given for each setting, by its name; a later source has replaced an earlier one. */
export interface Gathered {
  readonly given: Map<string, Given>;
  readonly problems: ConfigProblem[];
}

/**
 * `BARRAGE_*` variables that are not settings: how the config file itself is found, how tests are run.
 * Everything else with the prefix must be a setting, so that a misspelt one is noticed.
 */
const OTHER_VARIABLES: ReadonlySet<string> = new Set([
  "BARRAGE_CONFIG",
  "BARRAGE_REQUIRE_SERVICES",
  "BARRAGE_NODE",
]);

const BY_ENV: ReadonlyMap<string, Leaf> = new Map(LEAVES.map((leaf) => [leaf.env, leaf]));
const BY_FLAG: ReadonlyMap<string, Leaf> = new Map(LEAVES.map((leaf) => [leaf.flag, leaf]));
const BY_NAME: ReadonlyMap<string, Leaf> = new Map(LEAVES.map((leaf) => [leaf.name, leaf]));
const SECTIONS: ReadonlySet<string> = new Set(
  LEAVES.flatMap(({ path }) => path.slice(0, -1).map((_, depth) => path.slice(0, depth + 1).join("."))),
);

const unknown = (source: Source, name: string, rule: string): ConfigProblem => ({
  path: name,
  value: "",
  rule,
  source,
  name,
});

function gatherObject(object: object, prefix: string, into: Gathered): void {
  for (const [key, value] of Object.entries(object) as [string, unknown][]) {
    const name = prefix === "" ? key : `${prefix}.${key}`;
    if (BY_NAME.has(name)) into.given.set(name, { value, source: "file", name });
    else if (!SECTIONS.has(name)) into.problems.push(unknown("file", name, "is not a setting"));
    else if (typeof value === "object" && value !== null && !Array.isArray(value))
      gatherObject(value, name, into);
    else
      into.problems.push({
        ...unknown("file", name, "must be an object of settings"),
        value: shown(value, true),
      });
  }
}

function gatherFile(file: NonNullable<ConfigInput["file"]>, into: Gathered): void {
  const parsed = parseFile(file);
  if ("rule" in parsed) {
    into.problems.push(unknown("file", file.path, parsed.rule));
    return;
  }
  const { value } = parsed;
  if (typeof value === "object" && value !== null && !Array.isArray(value)) gatherObject(value, "", into);
  else into.problems.push(unknown("file", file.path, "must hold an object of settings"));
}

function gatherEnv(env: NonNullable<ConfigInput["env"]>, into: Gathered): void {
  for (const [name, text] of Object.entries(env)) {
    if (text === undefined || !name.startsWith("BARRAGE_") || OTHER_VARIABLES.has(name)) continue;
    const leaf = BY_ENV.get(name);
    if (leaf === undefined) into.problems.push(unknown("env", name, "is not a setting"));
    else into.given.set(leaf.name, { value: readText(leaf, text), source: "env", name });
  }
}

function gatherFlags(flags: NonNullable<ConfigInput["flags"]>, into: Gathered): void {
  for (const [flag, raw] of Object.entries(flags)) {
    if (raw === undefined) continue;
    const leaf = BY_FLAG.get(flag);
    const name = `--${flag}`;
    if (leaf === undefined) into.problems.push(unknown("flag", name, "is not a setting"));
    else into.given.set(leaf.name, { value: readText(leaf, String(raw)), source: "flag", name });
  }
}

/** Everything that was given, in order of precedence, and every name that is none. */
export function gather(input: ConfigInput): Gathered {
  const into: Gathered = { given: new Map(), problems: [] };
  if (input.file !== undefined) gatherFile(input.file, into);
  if (input.env !== undefined) gatherEnv(input.env, into);
  if (input.flags !== undefined) gatherFlags(input.flags, into);
  return into;
}
