import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { codeOf, files } from "./tree.ts";

const SOURCE_LINES_MAX = 400;
const TEST_LINES_MAX = 600;

/** Tables and generated files may be longer; each with its reason. */
const EXEMPT: Readonly<Record<string, string>> = {};

const codeLines = (path: string): number =>
  codeOf(path)
    .split("\n")
    .filter((line) => line.trim() !== "").length;

const tooLong = (paths: readonly string[], max: number): string[] =>
  paths
    .filter((path) => EXEMPT[path] === undefined && codeLines(path) > max)
    .map((path) => `${path}: ${codeLines(path)}`);

describe("sizes", () => {
  it("[AR-10] no source file has more than 400 lines of code, no test file more than 600", () => {
    const sources = files("{packages,apps}/*/src/**/*.{ts,tsx}", "scripts/**/*.{ts,mjs}");
    const tests = files("{packages,apps}/*/test/**/*.ts", "tests/**/*.ts", "bench/**/*.ts");

    assert.deepEqual(tooLong(sources, SOURCE_LINES_MAX), []);
    assert.deepEqual(tooLong(tests, TEST_LINES_MAX), []);
  });
});
