import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { describe, it } from "node:test";
import { STORE_ERRORS } from "../src/index.ts";
import { sqliteFailure, stopsWriting } from "../src/sqlite-failure.ts";

const sqliteError = (errcode: number) => Object.assign(new Error("as SQLite says"), { errcode });

describe("the store's errors", () => {
  it("[LG-38] names each of SQLite's results that says something of the disk, extended ones too", () => {
    for (const [errcode, code] of [
      [3, "STORE_UNWRITABLE"],
      [5, "STORE_LOCKED"],
      [8 + 256 * 2, "STORE_UNWRITABLE"],
      [10, "STORE_IO"],
      [10 + 256 * 4, "STORE_IO"],
      [11, "STORE_CORRUPT"],
      [13, "STORE_DISK_FULL"],
      [14, "STORE_UNWRITABLE"],
      [26, "STORE_CORRUPT"],
      [19, "STORE_UNEXPECTED"],
    ] as const) {
      const failure = sqliteFailure("x.db", sqliteError(errcode));

      assert.equal(failure.code, code);
      assert.equal(failure.message.includes("x.db"), true);
      assert.equal(stopsWriting(failure), code !== "STORE_UNEXPECTED");
    }
    assert.equal(sqliteFailure("x.db", new TypeError("no number")).code, "STORE_UNEXPECTED");
    assert.equal(sqliteFailure("x.db", "text").code, "STORE_UNEXPECTED");
  });

  it("[LG-38] every code of the table is thrown in some test", () => {
    const tests = readdirSync(new URL(".", import.meta.url), { recursive: true, encoding: "utf8" })
      .filter((name) => name.endsWith(".test.ts"))
      .map((name) => readFileSync(new URL(name, import.meta.url), "utf8"))
      .join("\n");

    assert.deepEqual(
      Object.keys(STORE_ERRORS).filter((code) => !tests.includes(`"${code}"`)),
      [],
    );
  });
});
