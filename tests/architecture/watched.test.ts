import assert from "node:assert/strict";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, it } from "node:test";
import { runFile } from "../../scripts/test-run/run-file.ts";
import { codeOf, files, ROOT } from "./tree.ts";

const FILE_LIMIT_MS = 60_000;

const LEAKS = `
  import { it } from "node:test";
  import { go } from "@barrage/kernel";
  it("leaves one", () => void go(() => new Promise(() => undefined), { name: "forgotten" }));
`;

describe("the watch around every test", () => {
  it("[AR-20] no file runs tests at the same time", () => {
    const concurrent = /\b(?:describe|it|test)(?:\.\w+)?\(\s*(["'`])[^\n]*\1,\s*\{[^{}]*\bconcurrency\b/;

    const wrong = files("{packages,apps,bench,tests}/**/*.test.ts").filter((path) =>
      concurrent.test(codeOf(path)),
    );

    assert.ok(concurrent.test(["it('a',", "{ concurrency: true }, () => undefined)"].join(" ")));
    assert.deepEqual(wrong, []);
  });

  // Under the build folder, which git and every other tool leave out: the file finds the packages from there.
  for (const folder of [
    "packages/kernel/test",
    "packages/kernel-node/test",
    "tests/traps",
    "packages/x/test",
  ]) {
    it(`[AR-20] the run watches a file in ${folder}`, async () => {
      const path = join("build/watched", folder, "leaks.test.ts");
      mkdirSync(join(ROOT, dirname(path)), { recursive: true });
      writeFileSync(join(ROOT, path), LEAKS);

      const { outcomes } = await runFile(path, FILE_LIMIT_MS, new AbortController().signal);

      rmSync(join(ROOT, path));
      assert.deepEqual(
        outcomes.map(({ outcome, name }) => [outcome, name]),
        [["failed", "leaves one"]],
      );
      assert.match(outcomes[0]?.error ?? "", /application\/forgotten/);
    });
  }
});
