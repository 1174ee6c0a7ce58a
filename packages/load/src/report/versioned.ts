import { loadError } from "../errors.ts";

/** What every report of this package says of itself first. */
export interface Versioned {
  readonly format: string;
  readonly version: number;
}

/** Reads the JSON of a report of this format and version; what else it holds is not looked at. Errors: LOAD_BAD_REPORT. */
export function parseVersioned(text: string, file: string, { format, version }: Versioned): object {
  const refuse = (what: string): Error => loadError("LOAD_BAD_REPORT", { file, what });
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw refuse(error instanceof Error ? error.message : "it is no JSON");
  }
  if (typeof value !== "object" || value === null || !("format" in value) || value.format !== format)
    throw refuse(`its format is not ${format}`);
  if (!("version" in value) || value.version !== version)
    throw refuse(`this version reads format version ${version}`);
  return value;
}
