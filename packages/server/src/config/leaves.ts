import { z } from "zod";
import { configSchema } from "./schema.ts";
import { settings } from "./setting.ts";
import type { SettingMeta } from "./setting.ts";

/** What a leaf's text (env, flag) is read as. */
export type LeafKind = "string" | "number" | "boolean" | "list";

/** One value an operator may set, under the three names it has. */
export interface Leaf {
  /** Keys in the config file: `["server", "bodyLimitBytes"]`. */
  readonly path: readonly string[];
  /** The same with dots: the name in messages. */
  readonly name: string;
  readonly env: string;
  /** Without the leading dashes. */
  readonly flag: string;
  readonly kind: LeafKind;
  /** May be set to nothing: null in a file, empty in env or flag. */
  readonly nullable: boolean;
  readonly standard: unknown;
  /** The only values there are, for a setting that is a choice. */
  readonly choices: readonly string[] | undefined;
  readonly schema: z.ZodType;
  readonly meta: SettingMeta;
}

const words = (key: string): string[] => key.split(/(?=[A-Z])/).map((word) => word.toLowerCase());

/** The schema under its defaults and null. */
function core(schema: unknown): unknown {
  let inner = schema;
  while (inner instanceof z.ZodDefault || inner instanceof z.ZodPrefault || inner instanceof z.ZodNullable)
    inner = inner.unwrap();
  return inner;
}

function kindOf(schema: unknown, name: string): LeafKind {
  const inner = core(schema);
  if (inner instanceof z.ZodNumber) return "number";
  if (inner instanceof z.ZodBoolean) return "boolean";
  if (inner instanceof z.ZodArray) return "list";
  if (inner instanceof z.ZodString || inner instanceof z.ZodURL || inner instanceof z.ZodEnum)
    return "string";
  throw new TypeError(`${name}: a setting is a string, a number, a boolean or a list of strings`);
}

const choicesOf = (inner: unknown): readonly string[] | undefined =>
  inner instanceof z.ZodEnum ? inner.options.map(String) : undefined;

function leafOf(schema: z.ZodType, path: readonly string[]): Leaf {
  const name = path.join(".");
  const meta = settings.get(schema);
  if (meta === undefined) throw new TypeError(`${name}: every leaf is made by setting()`);
  return {
    path,
    name,
    env: ["BARRAGE", ...path.flatMap(words)].join("_").toUpperCase(),
    flag: path.map((key) => words(key).join("-")).join("."),
    kind: kindOf(schema, name),
    nullable: schema.safeParse(null).success,
    standard: schema.parse(undefined),
    choices: choicesOf(core(schema)),
    schema,
    meta,
  };
}

function* leavesOf(schema: z.ZodType, path: readonly string[]): Generator<Leaf> {
  const inner = core(schema);
  if (!(inner instanceof z.ZodObject)) {
    yield leafOf(schema, path);
    return;
  }
  for (const [key, value] of Object.entries(inner.shape)) yield* leavesOf(value as z.ZodType, [...path, key]);
}

/** Every setting there is, in the schema's order. */
export const LEAVES: readonly Leaf[] = [...leavesOf(configSchema, [])];
