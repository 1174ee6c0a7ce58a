import { protocolError } from "../errors/table.ts";
import type { BarrageError } from "../errors/barrage-error.ts";

/** A JSON object whose fields nobody has checked yet. */
export type Unchecked = Readonly<Record<string, unknown>>;

export const badField = (field: string, rule: string): BarrageError =>
  protocolError("BARRAGE_BAD_FIELD", { field, rule });

/** `value` as an object; an array or null is none. */
export function asObject(value: unknown, what: string): Unchecked {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw badField(what, "must be a JSON object");
  }
  return value as Unchecked;
}

/** Refuses fields that nobody reads, so that a misspelt one is noticed. */
export function onlyFields(object: Unchecked, allowed: ReadonlySet<string>): void {
  for (const field of Object.keys(object)) {
    // The name comes from the peer: it is not repeated in the message.
    if (!allowed.has(field)) throw badField("a field", `is unknown; known are ${[...allowed].join(", ")}`);
  }
}

export function optionalString(
  object: Unchecked,
  field: string,
  pattern: RegExp,
  rule: string,
): string | undefined {
  const value = object[field];
  if (value === undefined) return undefined;
  if (typeof value !== "string" || !pattern.test(value)) throw badField(field, rule);
  return value;
}

export interface NumberRule {
  readonly min: number;
  readonly max: number;
  readonly integer: boolean;
}

export function optionalNumber(object: Unchecked, field: string, rule: NumberRule): number | undefined {
  const value = object[field];
  if (value === undefined) return undefined;
  const fits =
    typeof value === "number" &&
    (rule.integer ? Number.isSafeInteger(value) : Number.isFinite(value)) &&
    value >= rule.min &&
    value <= rule.max;
  if (!fits)
    throw badField(
      field,
      `must be ${rule.integer ? "an integer" : "a number"} from ${rule.min} to ${rule.max}`,
    );
  return value;
}

export function optionalChoice<T extends string>(
  object: Unchecked,
  field: string,
  choices: readonly T[],
): T | undefined {
  const value = object[field];
  if (value === undefined) return undefined;
  const found = choices.find((choice) => choice === value);
  if (found === undefined) throw badField(field, `must be one of ${choices.join(", ")}`);
  return found;
}
