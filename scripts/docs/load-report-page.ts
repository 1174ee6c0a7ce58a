import { REPORT_SCHEMA } from "@barrage/load";
import type { JsonSchema } from "@barrage/load";
import { table } from "./table.ts";

const OPENING = `# Report of \`barrage load\`

What \`--json\` writes, from the table in \`packages/load/src/report/schema/report-schema.ts\`; as JSON Schema in
[load-report.schema.json](load-report.schema.json). \`barrage load compare\` reads it and refuses what does not fit.
Fields may be added within a version; a field that goes or changes its meaning makes a new one. Latencies are in ms.`;

function typeOf(schema: JsonSchema): string {
  if ("const" in schema) return `\`${JSON.stringify(schema.const)}\``;
  if (schema.type !== "array") return schema.type;
  return "prefixItems" in schema ? "pair" : "list";
}

/** One row for each field, with the fields inside it under it. */
function rowsOf(path: string, schema: JsonSchema, isOptional: boolean): string[][] {
  const own = [`\`${path}\`${isOptional ? ", may be absent" : ""}`, typeOf(schema), schema.description];
  if (!("type" in schema)) return [own];
  if (schema.type === "object" && "properties" in schema)
    return [own, ...fieldRows(`${path}.`, schema.properties, schema.required)];
  if (schema.type === "object" && "additionalProperties" in schema)
    return [own, ...rowsOf(`${path}.<name>`, schema.additionalProperties, false)];
  if (schema.type === "array" && schema.items !== false)
    return [own, ...rowsOf(`${path}[]`, schema.items, false)];
  return [own];
}

const fieldRows = (
  prefix: string,
  properties: Readonly<Record<string, JsonSchema>>,
  required: readonly string[],
): string[][] =>
  Object.entries(properties).flatMap(([name, field]) =>
    rowsOf(`${prefix}${name}`, field, !required.includes(name)),
  );

export const loadReportPage = (): string =>
  `${OPENING}\n\n${table(["field", "type", "meaning"], fieldRows("", REPORT_SCHEMA.properties, REPORT_SCHEMA.required))}`;

export const loadReportSchema = (): string =>
  JSON.stringify({ $schema: "https://json-schema.org/draft/2020-12/schema", ...REPORT_SCHEMA }, undefined, 2);
