import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { join } from "node:path";
import { describe, it } from "node:test";

/** Runs a benchmark that prints its figures and judges itself by its exit code. */
const printed = (file: string, ...args: readonly string[]): Promise<{ code: unknown; out: string }> =>
  new Promise((resolve) => {
    execFile(process.execPath, [join(import.meta.dirname, "..", file), ...args], (error, out, err) =>
      resolve({ code: error === null ? 0 : error.code, out: `${out}${err}` }),
    );
  });

describe("the benchmarks of the load generator", () => {
  it("connections: holds all of them at every server, and each receives everything", async () => {
    const { code, out } = await printed("macro/connections.ts", "30", "5", "2", "2");

    assert.equal(code, 0, out);
    assert.match(out, /^ *30 +300 of 300 +0 /m);
    assert.match(out, /^60 connections in all$/m);
  });

  it("load-client: says what a connection and a frame cost", async () => {
    const { code, out } = await printed("micro/load-client.ts", "20", "10");

    assert.equal(code, 0, out);
    assert.match(out, /^20 connections, \d+\/s to open; -?[\d.]+ KiB resident each$/m);
    assert.match(out, /^ *25 +\d+ +\d+ /m);
  });
});
