import assert from "node:assert/strict";
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { it } from "node:test";
import { sayLast } from "../src/last-words.ts";

it("[CR-54] the last line of a process is written at once, and one that cannot be written keeps nobody from ending", () => {
  const folder = mkdtempSync(join(tmpdir(), "barrage-last-"));
  try {
    const file = join(folder, "stderr");
    const fd = openSync(file, "w");
    sayLast("process 7 ends at once", fd);
    assert.equal(readFileSync(file, "utf8"), "barrage: process 7 ends at once\n");

    closeSync(fd);
    sayLast("nobody reads this", fd);
    assert.equal(readFileSync(file, "utf8"), "barrage: process 7 ends at once\n");
  } finally {
    rmSync(folder, { recursive: true });
  }
});
