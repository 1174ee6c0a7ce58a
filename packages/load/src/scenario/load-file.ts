import { readFileSync } from "node:fs";
import { extname, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { loadError } from "../errors.ts";
import { problemsOf } from "./check-scenario.ts";
import { pathText } from "./problems.ts";
import type { Path } from "./problems.ts";
import type { Scenario } from "./scenario.ts";
import { readYaml } from "./yaml.ts";

const YAML = new Set([".yaml", ".yml", ".json"]);
const MODULE = new Set([".ts", ".mts", ".js", ".mjs"]);

/** Is this the name of a scenario's file, and not of a built-in scenario? */
export const isScenarioFile = (name: string): boolean => YAML.has(extname(name)) || MODULE.has(extname(name));

/**
 * Reads a scenario: YAML (and JSON, which is YAML too), or a module whose default export is one. A module is run, as any
 * program is.
 *
 * Errors     LOAD_BAD_SCENARIO with every fault, each with its line (YAML) and field.
 */
export async function loadScenarioFile(file: string): Promise<Scenario> {
  const { value, lineOf } = MODULE.has(extname(file)) ? await moduleOf(file) : yamlOf(file);
  const problems = problemsOf(value).map(({ at, what }) => {
    const line = lineOf?.(at);
    return [line === undefined ? "" : `line ${line}:`, pathText(at), what]
      .filter((part) => part !== "")
      .join(" ");
  });
  if (problems.length > 0) throw loadError("LOAD_BAD_SCENARIO", { file, what: problems.join("; ") });
  return value as Scenario;
}

interface Content {
  readonly value: unknown;
  readonly lineOf?: (path: Path) => number;
}

function yamlOf(file: string): Content {
  const refuse = (what: string, cause?: unknown): Error =>
    loadError("LOAD_BAD_SCENARIO", { file, what }, cause);
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    throw refuse(error instanceof Error ? error.message : "it cannot be read", error);
  }
  const content = readYaml(text);
  if ("fault" in content)
    throw refuse(`${content.line === undefined ? "" : `line ${content.line}: `}${content.fault}`);
  return content;
}

async function moduleOf(file: string): Promise<Content> {
  try {
    const module = (await import(pathToFileURL(resolve(file)).href)) as { readonly default?: unknown };
    return { value: module.default };
  } catch (error) {
    const what = error instanceof Error ? error.message : String(error);
    throw loadError("LOAD_BAD_SCENARIO", { file, what }, error);
  }
}
