/** The part of JSON Schema (2020-12) that a report is described with. */
export type JsonSchema = {
  readonly description: string;
} & (
  | { readonly type: "string" | "number" | "integer" | "boolean" }
  | { readonly const: string | number }
  | { readonly type: "array"; readonly items: JsonSchema }
  | { readonly type: "array"; readonly prefixItems: readonly JsonSchema[]; readonly items: false }
  | { readonly type: "object"; readonly additionalProperties: JsonSchema }
  | ObjectSchema
);

/** An object of named fields; further fields are allowed, for versions to come. */
export interface ObjectSchema {
  readonly description: string;
  readonly type: "object";
  readonly properties: Readonly<Record<string, JsonSchema>>;
  readonly required: readonly string[];
}

export const text = (description: string): JsonSchema => ({ type: "string", description });
export const number = (description: string): JsonSchema => ({ type: "number", description });
export const count = (description: string): JsonSchema => ({ type: "integer", description });
export const yesOrNo = (description: string): JsonSchema => ({ type: "boolean", description });
export const list = (description: string, items: JsonSchema): JsonSchema => ({
  type: "array",
  description,
  items,
});
export const byName = (description: string, each: JsonSchema): JsonSchema => ({
  type: "object",
  description,
  additionalProperties: each,
});

/** `optional`: names of the fields that may be absent. */
export const object = (
  description: string,
  properties: Readonly<Record<string, JsonSchema>>,
  optional: readonly string[] = [],
): ObjectSchema => ({
  type: "object",
  description,
  properties,
  required: Object.keys(properties).filter((name) => !optional.includes(name)),
});
