import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { before, describe, it } from "node:test";
import { type Listed, leftOutOf, listTests, SOURCES } from "./listing.ts";
import { readme } from "./readme-text.ts";

/** Set to write the README anew (and format it then); otherwise it is compared. */
const WRITE = "KERNEL_CONFORMANCE_WRITE";

/** Without what formatting adds: the padding of tables and line breaks. */
const bare = (text: string): string => text.replaceAll(/\s+|-{3,}/g, " ").replaceAll(/ +\|/g, "|");

describe("conformance catalogue", () => {
  let found: Map<string, Listed>;
  before(async () => {
    found = await listTests();
  });

  it("[CF-1] every case of a source is ported or left out, none is both, and none is counted twice", () => {
    for (const source of SOURCES) {
      const ported = [...(found.get(source.name)?.cases ?? [])];
      const leftOut = leftOutOf(source);
      assert.equal(new Set([...ported, ...leftOut]).size, ported.length + leftOut.length, source.name);
      assert.equal(ported.length + leftOut.length, source.cases, source.name);
    }
  });

  it("[CF-1] every test names a source of the catalogue", () => {
    const names = new Set(SOURCES.map(({ name }) => name));

    assert.deepEqual(
      [...found.keys()].filter((name) => !names.has(name)),
      [],
    );
    assert.equal(names.size, SOURCES.length);
  });

  it("[CF-1] the README counts what there is", async () => {
    const path = new URL("README.md", import.meta.url);
    if (process.env[WRITE] !== undefined) await writeFile(path, readme(found));
    const written = await readFile(path, "utf8");

    assert.equal(bare(written), bare(readme(found)));
  });
});
