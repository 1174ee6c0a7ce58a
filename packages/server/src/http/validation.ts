import type { FastifySchemaCompiler } from "fastify";
import { Compile } from "typebox/compile";
import type { TSchema } from "typebox";
import { protocolError } from "@barrage/protocol";

interface Fault {
  readonly instancePath: string;
  readonly keyword: string;
  readonly message: string;
  readonly params: object;
}

const listed = (params: object, key: string): string | undefined => {
  const value = (params as Readonly<Record<string, unknown>>)[key];
  return Array.isArray(value) ? value.map(String).join(", ") : undefined;
};

/** Names of fields come from our schema, never from the peer: an unknown field is not repeated. */
function refusalOf(fault: Fault | undefined) {
  if (fault === undefined) return protocolError("BARRAGE_BAD_REQUEST", { detail: "it does not fit" });
  const { instancePath, keyword, message, params } = fault;
  const missing = keyword === "required" ? listed(params, "requiredProperties") : undefined;
  if (missing !== undefined)
    return protocolError("BARRAGE_BAD_FIELD", { field: missing, rule: "is missing" });
  if (keyword === "additionalProperties")
    return protocolError("BARRAGE_BAD_FIELD", { field: "a field", rule: "is unknown" });
  const field = instancePath === "" ? "the body" : instancePath.slice(1).replaceAll("/", ".");
  return protocolError("BARRAGE_BAD_FIELD", { field, rule: message });
}

const DECIMAL = /^-?\d+(\.\d+)?$/;

/** A query with its numbers as numbers; what is none stays text and is refused by the schema. */
function withNumbers(schema: TSchema, query: unknown): unknown {
  const { properties = {} } = schema as { properties?: Readonly<Record<string, { type?: string }>> };
  const entries = Object.entries(query as Readonly<Record<string, unknown>>).map(([name, text]) => {
    const type = Object.hasOwn(properties, name) ? properties[name]?.type : undefined;
    const isNumber =
      (type === "integer" || type === "number") && typeof text === "string" && DECIMAL.test(text);
    return [name, isNumber ? Number(text) : text];
  });
  return Object.fromEntries(entries) as unknown;
}

/** Checks bodies and queries by the same schemas that the API's description is made of. Nothing is coerced in a body. */
export const compileSchema: FastifySchemaCompiler<TSchema> = ({ schema, httpPart }) => {
  const validator = Compile(schema);
  const isText = httpPart === "querystring" || httpPart === "params";
  return (data: unknown) => {
    const value = isText ? withNumbers(schema, data) : data;
    if (validator.Check(value)) return { value };
    const faults = validator.Errors(value) as readonly Fault[];
    return {
      error: refusalOf(faults.find(({ keyword }) => keyword === "additionalProperties") ?? faults[0]),
    };
  };
};

/** For bodies that the protocol's own parsers check, so that HTTP and WebSocket have one set of rules. */
export const unchecked: FastifySchemaCompiler<TSchema> = () => (value: unknown) => ({ value });
