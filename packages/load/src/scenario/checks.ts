import { secondsOf } from "../schedule/stages-text.ts";
import type { Path } from "./problems.ts";

/** Where a check says what is wrong. */
export type Refuse = (at: Path, what: string) => void;

/** Looks at a value that somebody wrote. */
export type Check = (value: unknown, at: Path, refuse: Refuse) => void;

const shown = (value: unknown): string => {
  const text = JSON.stringify(value) as string | undefined;
  return text === undefined ? String(value) : text.length > 40 ? `${text.slice(0, 40)}...` : text;
};

const must =
  (what: string, isRight: (value: unknown) => boolean): Check =>
  (value, at, refuse) => {
    if (!isRight(value)) refuse(at, `must be ${what}, not ${shown(value)}`);
  };

const isNumber = (value: unknown): value is number => typeof value === "number" && Number.isFinite(value);

export const whole = (min: number, max: number): Check =>
  must(
    `a whole number from ${min} to ${max}`,
    (value) => isNumber(value) && Number.isSafeInteger(value) && value >= min && value <= max,
  );

export const above0: Check = must("a number above 0", (value) => isNumber(value) && value > 0);

export const atLeast0: Check = must("a number of 0 or more", (value) => isNumber(value) && value >= 0);

export const share: Check = must(
  "a share from 0 to 1",
  (value) => isNumber(value) && value >= 0 && value <= 1,
);

export const yesOrNo: Check = must("true or false", (value) => typeof value === "boolean");

export const text: Check = must("a text", (value) => typeof value === "string" && value !== "");

export const oneOf = (...words: readonly string[]): Check =>
  must(words.join(" or "), (value) => typeof value === "string" && words.includes(value));

/** A length of time above 0. */
export const span: Check = must(
  "a time like 500ms, 20s, 5m or 1h, or seconds",
  (value) => (isNumber(value) && value > 0) || (typeof value === "string" && secondsOf(value) !== undefined),
);

/** A moment of the run: a length of time, or its start. */
export const moment: Check = must(
  "a time after the start, like 20s or 0",
  (value) => (isNumber(value) && value >= 0) || (typeof value === "string" && secondsOf(value) !== undefined),
);

export const listOf =
  (check: Check, atLeast = 0): Check =>
  (value, at, refuse) => {
    if (!Array.isArray(value)) return refuse(at, `must be a list, not ${shown(value)}`);
    if (value.length < atLeast) refuse(at, `must have at least ${atLeast}`);
    for (const [index, each] of value.entries()) check(each, [...at, index], refuse);
  };

export const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** An object with these fields and no other; those named in `needed` must be there. */
export const fields =
  (known: Readonly<Record<string, Check>>, needed: readonly string[] = []): Check =>
  (value, at, refuse) => {
    const names = Object.keys(known).join(", ");
    if (!isObject(value)) return refuse(at, `must have the fields ${names}, and is ${shown(value)}`);
    for (const name of needed) if (!Object.hasOwn(value, name)) refuse(at, `lacks ${name}`);
    for (const [name, each] of Object.entries(value)) {
      const check = Object.hasOwn(known, name) ? known[name] : undefined;
      if (check === undefined) refuse([...at, name], `is no field here, only ${names}`);
      else check(each, [...at, name], refuse);
    }
  };

/** An object with exactly one of these fields. */
export const oneField =
  (known: Readonly<Record<string, Check>>): Check =>
  (value, at, refuse) => {
    if (!isObject(value) || Object.keys(value).length !== 1)
      return refuse(at, `must be one of ${Object.keys(known).join(", ")}, with its fields`);
    fields(known)(value, at, refuse);
  };

/** What a parser takes: it throws a sentence of its own. */
export const parsedBy =
  (parse: (text: string) => unknown): Check =>
  (value, at, refuse) => {
    if (typeof value !== "string") return refuse(at, `must be a text, not ${shown(value)}`);
    try {
      parse(value);
    } catch (error) {
      refuse(at, error instanceof Error ? error.message.replace(/\.$/, "") : "is not understood");
    }
  };

/** The one check for texts and the other for anything else. */
export const textOr =
  (forText: Check, otherwise: Check): Check =>
  (value, at, refuse) =>
    typeof value === "string" ? forText(value, at, refuse) : otherwise(value, at, refuse);
