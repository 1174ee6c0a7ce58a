import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { oxlint } from "./oxlint.ts";
import { hasEslint } from "./rule-cases.ts";
import plugin, { rules } from "../src/index.ts";

const README = readFileSync(new URL("../README.md", import.meta.url), "utf8");
const SPEC = readFileSync(new URL("../../../docs/spec/lint.md", import.meta.url), "utf8");

/** One defect for each rule, each on a line of its own. */
const DEFECTS = `export async function f(parent, queue, scope, ready) {
  const ctx = parent.cancellable();
  parent.onCancel(ready);
  setInterval(ready, 10);
  parent.load().then(ready);
  queue.trySend(1);
  let size = 1;
  scope.spawn(() => size);
  size = 2;
  const order = JSON.parse(ready) as Order;
  for (const path of order) scope.defer(() => remove(path));
  return AbortSignal.any([ctx.signal]);
}
`;

const RECOMMENDED = plugin.configs.recommended;

describe("plugin", () => {
  it("[LN-1] is loaded by oxlint through jsPlugins, and every rule reports in it", () => {
    const found = oxlint(DEFECTS).toSorted((a, b) => a.line - b.line);

    assert.deepEqual(
      found.map(({ code, line }) => `${line} ${code}`),
      [
        "2 barrage(lost-cancel)",
        "3 barrage(require-using)",
        "4 barrage(timer-never-cleared)",
        "5 barrage(task-without-owner)",
        "6 barrage(ignored-try-send)",
        "8 barrage(mutable-capture)",
        "10 barrage(as-on-foreign-data)",
        "11 barrage(cleanup-in-loop)",
        "12 barrage(no-abort-signal-any)",
      ],
    );
  });

  it("[LN-1] has nothing to say of a program without these defects", () => {
    assert.deepEqual(oxlint("export const answer = (ctx: object) => [ctx, 42];\n"), []);
  });

  it("[LN-2] has the shape of an ESLint plugin whose recommended configuration turns every rule on", () => {
    assert.deepEqual(
      Object.keys(RECOMMENDED.rules),
      Object.keys(rules).map((name) => `barrage/${name}`),
    );
    for (const { meta, create } of Object.values(rules)) {
      assert.equal(meta.type, "problem");
      assert.equal(typeof create, "function");
    }
  });

  it("[LN-2] runs every case in ESLint too", (t) => {
    if (!hasEslint)
      t.skip("eslint and @typescript-eslint/parser are not installed: cases ran in oxlint only");
  });

  it("[LN-3] describes each rule with its trap, in the rule, in README and in the specification", () => {
    for (const [name, { meta }] of Object.entries(rules)) {
      assert.match(meta.docs.description, /\(T\d\d(, T\d\d)*\)\.$/, name);
      assert.equal(README.includes(`\`${name}\``), true, `README has no ${name}`);
      assert.equal(SPEC.includes(`\n## ${name}\n`), true, `the specification has no ${name}`);
    }
  });

  it("[LN-3] says in every message what to write instead", () => {
    const remedy =
      /\b(Write|Hold|Call|Use|Look|Clear|Handle|Give|Decode|Declare|Derive|Start|Open|wait|start it)\b/;
    for (const [name, { meta }] of Object.entries(rules))
      for (const message of Object.values(meta.messages)) assert.match(message, remedy, name);
  });
});
