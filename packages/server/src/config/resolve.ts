import { readFileSync } from "node:fs";
import { reasonOf, serverError } from "../errors.ts";
import { gather } from "./gather.ts";
import type { ConfigInput, Given } from "./gather.ts";
import { LEAVES } from "./leaves.ts";
import type { Leaf } from "./leaves.ts";
import { ConfigInvalid, shown } from "./problems.ts";
import type { ConfigProblem, Source } from "./problems.ts";
import { CROSS_RULES } from "./rules.ts";
import { configSchema } from "./schema.ts";
import type { ServerConfig } from "./schema.ts";

export interface ResolvedConfig {
  readonly config: ServerConfig;
  /** By the setting's name: `server.port`. */
  readonly sources: ReadonlyMap<string, Source>;
}

/** One line of `barrage config show`. */
export interface ConfigRow {
  readonly name: string;
  /** Masked when secret. */
  readonly value: string;
  readonly source: Source;
}

type Tree = Record<string, unknown>;

function put(tree: Tree, path: readonly string[], value: unknown): void {
  const last = path.length - 1;
  let node = tree;
  for (const key of path.slice(0, last)) node = (node[key] ??= {}) as Tree;
  node[path[last] as string] = value;
}

function problemsOf(leaf: Leaf, given: Given): ConfigProblem[] {
  const checked = leaf.schema.safeParse(given.value);
  if (checked.success) return [];
  const value = shown(given.value, leaf.meta.secret === true);
  const rules = new Set(checked.error.issues.map(({ message }) => message));
  return [...rules].map((rule) => ({ path: leaf.name, value, rule, source: given.source, name: given.name }));
}

function crossProblems(config: ServerConfig, bad: ReadonlySet<string>, given: ReadonlyMap<string, Given>) {
  const problems: ConfigProblem[] = [];
  for (const { paths, check } of CROSS_RULES) {
    const rule = paths.some((path) => bad.has(path)) ? undefined : check(config);
    if (rule === undefined) continue;
    const [path = ""] = paths;
    const source = given.get(path)?.source ?? "default";
    problems.push({ path, value: "", rule, source, name: given.get(path)?.name ?? path });
  }
  return problems;
}

function freeze<T>(value: T): T {
  if (typeof value !== "object" || value === null) return value;
  for (const inner of Object.values(value)) freeze(inner);
  return Object.freeze(value);
}

/**
 * The configuration from all its sources: default < file < env < flag.
 *
 * Errors     SERVER_CONFIG_INVALID (`ConfigInvalid`) with every problem at once: unknown names and bad values.
 */
export function resolveConfig(input: ConfigInput = {}): ResolvedConfig {
  const { given, problems } = gather(input);
  const tree: Tree = {};
  const bad = new Set<string>();
  for (const leaf of LEAVES) {
    const own = given.get(leaf.name);
    if (own === undefined) continue;
    const wrong = problemsOf(leaf, own);
    problems.push(...wrong);
    if (wrong.length > 0) bad.add(leaf.name);
    else put(tree, leaf.path, own.value);
  }
  const config = freeze(configSchema.parse(tree));
  problems.push(...crossProblems(config, bad, given));
  if (problems.length > 0) throw new ConfigInvalid(problems);
  return {
    config,
    sources: new Map(LEAVES.map(({ name }) => [name, given.get(name)?.source ?? "default"])),
  };
}

/** A config file's text. Errors: SERVER_CONFIG_UNREADABLE. */
export function readConfigFile(path: string): { readonly path: string; readonly text: string } {
  try {
    return { path, text: readFileSync(path, "utf8") };
  } catch (error) {
    throw serverError("SERVER_CONFIG_UNREADABLE", { path, reason: reasonOf(error) }, error);
  }
}

/** Every setting with its value and where that came from; secrets are masked. */
export function configRows({ config, sources }: ResolvedConfig): readonly ConfigRow[] {
  return LEAVES.map(({ name, path, meta }) => {
    const value = path.reduce<unknown>((node, key) => (node as Tree)[key], config);
    return { name, value: shown(value, meta.secret === true), source: sources.get(name) ?? "default" };
  });
}
