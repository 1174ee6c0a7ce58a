import assert from "node:assert/strict";
import { dirname, join } from "node:path/posix";
import { describe, it } from "node:test";
import { codeOf, files, specifiersOf, workspaces } from "./tree.ts";

describe("packages", () => {
  it("[AR-6] no relative import leaves its package", () => {
    const wrong = workspaces().flatMap(({ folder }) =>
      files(`${folder}/{src,test}/**/*.{ts,tsx}`).flatMap((path) =>
        specifiersOf(path)
          .filter((specifier) => specifier.startsWith("."))
          .filter((specifier) => !join(dirname(path), specifier).startsWith(`${folder}/`))
          .map((specifier) => `${path} -> ${specifier}`),
      ),
    );

    assert.deepEqual(wrong, []);
  });

  it("[AR-7] every package has a README", () => {
    const without = workspaces().filter(({ folder }) => files(`${folder}/README.md`).length === 0);

    assert.deepEqual(
      without.map(({ folder }) => folder),
      [],
    );
  });

  it("[AR-8] a package's index.ts only re-exports", () => {
    const withLogic = workspaces()
      .map(({ folder }) => `${folder}/src/index.ts`)
      .filter((path) => files(path).length === 1)
      .filter((path) => {
        const rest = codeOf(path).replaceAll(
          /export\s+(type\s+)?(\*(\s+as\s+\w+)?|\{[^}]*\})\s+from\s+"[^"]+";/g,
          "",
        );
        return rest.replace("export {};", "").trim() !== "";
      });

    assert.deepEqual(withLogic, []);
  });

  it("[AR-9] no file or folder is named after nothing in particular", () => {
    const vague = files("{packages,apps,scripts,tests}/**/*.{ts,tsx,mjs}").filter((path) =>
      /(^|[/-])(helpers?|utils?|managers?|common|misc)([./-]|$)/.test(path),
    );

    assert.deepEqual(vague, []);
  });
});
