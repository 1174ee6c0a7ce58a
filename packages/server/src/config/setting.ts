import { z } from "zod";

/** What everybody who shows a setting needs to know of it: docs, flags, `config show`, the JSON schema. */
export interface SettingMeta {
  readonly description: string;
  /** Of every number. */
  readonly unit?: string;
  /** True where a running server takes a new value without a restart. */
  readonly reloadable?: true;
  /** True where the value is never shown. */
  readonly secret?: true;
}

export const settings = z.registry<SettingMeta>();

type Numeric = z.ZodType<number | null>;
type Options = Omit<SettingMeta, "description">;

/** One leaf of the schema with its description; a number does not compile without its unit. */
export function setting<S extends Numeric>(
  schema: S,
  description: string,
  options: Options & { readonly unit: string },
): S;
export function setting<S extends z.ZodType>(
  schema: S extends Numeric ? never : S,
  description: string,
  options?: Options,
): S;
export function setting(schema: z.ZodType, description: string, options: Options = {}): z.ZodType {
  settings.add(schema, { description, ...options });
  return schema;
}

/** A group of settings, each with its own default, so the group may be left out. */
export const section = <Shape extends z.ZodRawShape>(shape: Shape) =>
  z.strictObject(shape).prefault({} as never);
