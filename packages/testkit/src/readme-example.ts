import { readFileSync } from "node:fs";
import { join } from "node:path";

/**
 * The first example of a package's README, and what stands between `// #region example` and `// #endregion` in the test
 * that compiles and runs it: the two are to be the same text.
 *
 * Units      `testFile` is the test's `import.meta.filename`, in the package's `test` folder.
 */
export function readmeExample(testFile: string): { readonly shown: string; readonly compiled: string } {
  const readme = readFileSync(join(testFile, "../../README.md"), "utf8");
  const own = readFileSync(testFile, "utf8");
  return {
    shown: between(readme, "```ts\n", "```"),
    compiled: between(own, "// #region example\n", "// #endregion"),
  };
}

function between(text: string, start: string, end: string): string {
  const found = text.split(start)[1]?.split(end)[0];
  if (found === undefined) throw new Error(`there is no ${JSON.stringify(start)}`);
  return found;
}
