import type { ArgsDef } from "citty";
import { usageError } from "./errors.ts";

const HELP = new Set(["help", "h"]);

interface Option {
  readonly isBoolean: boolean;
}

function declared(args: ArgsDef): Map<string, Option> {
  const options = new Map<string, Option>();
  for (const [name, definition] of Object.entries(args)) {
    if (definition.type === "positional") continue;
    const option = { isBoolean: definition.type === "boolean" };
    const alias = "alias" in definition ? definition.alias : undefined;
    for (const spelling of [name, ...(alias === undefined ? [] : [alias].flat())])
      options.set(spelling, option);
  }
  return options;
}

/** The option that was meant, if one differs by at most two letters. */
export function nearest(name: string, known: Iterable<string>): string | undefined {
  let best: string | undefined;
  let least = 3;
  for (const candidate of known) {
    const distance = editDistance(name, candidate);
    if (distance < least) [best, least] = [candidate, distance];
  }
  return best;
}

function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i += 1) {
    const row = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const replaced = (previous[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      row.push(Math.min(replaced, (previous[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1));
    }
    previous = row;
  }
  return previous[b.length] ?? 0;
}

function unknown(spelling: string, name: string, options: Map<string, Option>): Error {
  const meant = nearest(name, options.keys());
  return usageError(`unknown option ${spelling}${meant === undefined ? "" : `; did you mean --${meant}?`}`);
}

/**
 * Refuses what the library's parser would let pass: an option nobody declared, a value option without a value, a
 * value for a switch, a surplus argument.
 *
 * Errors     CLI_USAGE.
 */
export function refuseUnknownOptions(rawArgs: readonly string[], args: ArgsDef): void {
  const options = declared(args);
  const places = Object.values(args).filter((definition) => definition.type === "positional").length;
  let positionals = 0;
  for (let index = 0; index < rawArgs.length; index += 1) {
    const argument = rawArgs[index] ?? "";
    if (argument === "--") {
      positionals += rawArgs.length - index - 1;
      break;
    }
    if (argument.startsWith("-") && argument.length > 1) {
      if (takesNext(argument, options, rawArgs[index + 1])) index += 1;
    } else positionals += 1;
    if (positionals > places) throw usageError(`unexpected argument ${argument}`);
  }
  if (positionals > places) throw usageError("too many arguments");
}

/** Checks one option; true if the next argument is its value. */
function takesNext(argument: string, options: Map<string, Option>, next: string | undefined): boolean {
  const [spelling, value] = splitOnce(argument);
  const name = spelling.replace(/^--?/, "");
  if (HELP.has(name)) return false;
  const option = options.get(name);
  if (option === undefined) {
    const negated = name.startsWith("no-") ? options.get(name.slice(3)) : undefined;
    if (negated?.isBoolean !== true) throw unknown(spelling, name, options);
    if (value !== undefined) throw usageError(`${spelling} takes no value`);
    return false;
  }
  if (option.isBoolean) {
    if (value !== undefined && value !== "true" && value !== "false")
      throw usageError(`${spelling} takes no value`);
    return false;
  }
  if (value === "") throw usageError(`${spelling} needs a value`);
  if (value !== undefined) return false;
  if (next === undefined || (next.startsWith("--") && next.length > 2))
    throw usageError(`${spelling} needs a value`);
  return true;
}

function splitOnce(argument: string): [string, string?] {
  const at = argument.indexOf("=");
  return at < 0 ? [argument] : [argument.slice(0, at), argument.slice(at + 1)];
}

/** A whole number option within its range. */
export function wholeNumber(
  name: string,
  text: string,
  range: { readonly min: number; readonly max: number },
): number {
  const value = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
  if (!(value >= range.min && value <= range.max)) {
    throw usageError(`--${name} must be a whole number from ${range.min} to ${range.max}, not ${text}`);
  }
  return value;
}
