import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { files, read } from "./tree.ts";

const RULE = /^> \*\*([A-Z]{2}-\d+)\*\*/gm;
const ID_IN_TEST = /\[([A-Z]{2}-\d+(?:, ?[A-Z]{2}-\d+)*)\]/g;

interface Rule {
  readonly id: string;
  readonly path: string;
}

const rules: readonly Rule[] = files("docs/spec/*.md").flatMap((path) =>
  [...read(path).matchAll(RULE)].map((match) => ({ id: match[1]!, path })),
);

/** Contract suites are tests too, though they live in testkit's src. */
const testFiles = files(
  "{packages,apps}/*/test/**/*.{ts,tsx}",
  "packages/testkit/src/**/*.ts",
  "tests/**/*.ts",
  "bench/test/**/*.ts",
);

const tested: readonly Rule[] = testFiles.flatMap((path) =>
  [...read(path).matchAll(ID_IN_TEST)].flatMap((match) => match[1]!.split(/, ?/).map((id) => ({ id, path }))),
);

const show = ({ id, path }: Rule): string => `${id} (${path})`;

describe("rules and tests", () => {
  it("[AR-13] every rule in docs/spec has a test that carries its id", () => {
    const ids = new Set(tested.map((each) => each.id));

    assert.deepEqual(rules.filter((rule) => !ids.has(rule.id)).map(show), []);
  });

  it("[AR-14] every rule id in a test is a rule in docs/spec", () => {
    const ids = new Set(rules.map((rule) => rule.id));

    assert.deepEqual(tested.filter((each) => !ids.has(each.id)).map(show), []);
  });

  it("[AR-15] a rule id stands once, and each prefix belongs to one file", () => {
    const doubled = rules.filter((rule, index) => rules.findIndex((other) => other.id === rule.id) !== index);
    const files = new Map<string, Set<string>>();
    for (const { id, path } of rules) {
      const prefix = id.slice(0, 2);
      files.set(prefix, (files.get(prefix) ?? new Set()).add(path));
    }
    const spread = [...files].filter(([, paths]) => paths.size > 1).map(([prefix]) => prefix);

    assert.deepEqual(doubled.map(show), []);
    assert.deepEqual(spread, []);
  });
});
