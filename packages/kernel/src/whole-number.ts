import { InvalidArgumentError } from "./errors.ts";

/** The value itself, if it is a whole number of at least `least`. */
export function wholeNumber(name: string, value: number, least: number): number {
  if (Number.isSafeInteger(value) && value >= least) return value;
  throw new InvalidArgumentError(name, `a whole number of ${least} or more`, value);
}
