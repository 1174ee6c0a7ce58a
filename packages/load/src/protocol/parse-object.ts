export type JsonObject = Readonly<Record<string, unknown>>;

/** The JSON object in a text of somebody else; undefined when it is none. */
export function parseObject(text: string): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value)
      ? (value as JsonObject)
      : undefined;
  } catch {
    // Not JSON: the caller says so, with what it was.
    return undefined;
  }
}
