import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { LOAD_ERRORS } from "../src/index.ts";

describe("the errors of a load run", () => {
  it("[LD-33] every code of the table is thrown in some test", () => {
    const tests = readdirSync(new URL(".", import.meta.url), { recursive: true, encoding: "utf8" })
      .filter((name) => name.endsWith(".test.ts"))
      .map((name) => readFileSync(new URL(name, import.meta.url), "utf8"))
      .join("\n");

    assert.deepEqual(
      Object.keys(LOAD_ERRORS).filter((code) => !tests.includes(`"${code}"`)),
      [],
    );
  });
});
