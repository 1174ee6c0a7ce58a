import type { JsonSchema } from "./json-schema.ts";

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** What keeps a value from being what the schema says, with the place; undefined when nothing does. */
export function problemOf(schema: JsonSchema, value: unknown, path: string): string | undefined {
  if ("const" in schema) return value === schema.const ? undefined : `${path} is not ${schema.const}`;
  switch (schema.type) {
    case "array":
      if (!Array.isArray(value)) return `${path} is no list`;
      return "prefixItems" in schema
        ? tupleProblem(schema.prefixItems, value, path)
        : first(value.entries(), ([at, item]) => problemOf(schema.items, item, `${path}[${at}]`));
    case "object":
      if (!isObject(value)) return `${path} is no object`;
      if ("additionalProperties" in schema)
        return first(Object.entries(value), ([name, each]) =>
          problemOf(schema.additionalProperties, each, `${path}.${name}`),
        );
      return (
        first(schema.required, (name) =>
          Object.hasOwn(value, name) ? undefined : `${path}.${name} is missing`,
        ) ??
        first(Object.entries(schema.properties), ([name, each]) =>
          Object.hasOwn(value, name) ? problemOf(each, value[name], `${path}.${name}`) : undefined,
        )
      );
    case "integer":
      return Number.isInteger(value) ? undefined : `${path} is no whole number`;
    default:
      return typeof value === schema.type ? undefined : `${path} is no ${schema.type}`;
  }
}

function tupleProblem(
  items: readonly JsonSchema[],
  value: readonly unknown[],
  path: string,
): string | undefined {
  if (value.length !== items.length) return `${path} has not ${items.length} values`;
  return first(items.entries(), ([at, schema]) => problemOf(schema, value[at], `${path}[${at}]`));
}

function first<T>(items: Iterable<T>, of: (item: T) => string | undefined): string | undefined {
  for (const item of items) {
    const found = of(item);
    if (found !== undefined) return found;
  }
  return undefined;
}
