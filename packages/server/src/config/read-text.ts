import type { Leaf } from "./leaves.ts";

/** Plain decimals only: no hexadecimal, no white space, no "1e3 " that `Number` would take. */
const DECIMAL = /^-?\d+(\.\d+)?$/;

/**
 * The value that `text` of an environment variable or a flag stands for. What cannot be read stays text, so that the
 * schema refuses it with the value as it was written.
 */
export function readText(leaf: Leaf, text: string): unknown {
  if (text === "" && leaf.nullable) return null;
  switch (leaf.kind) {
    case "number":
      return DECIMAL.test(text) ? Number(text) : text;
    case "boolean":
      return text === "true" ? true : text === "false" ? false : text;
    case "list":
      return text === "" ? [] : text.split(",").map((part) => part.trim());
    case "string":
      return text;
  }
}
