import assert from "node:assert/strict";
import { execFile, execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { once } from "node:events";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { CASES } from "./cases/all.ts";
import { MUTANTS } from "./mutants.ts";
import { POINTS } from "./points.ts";

const preload = (name: string): string => fileURLToPath(new URL(`preload/${name}.ts`, import.meta.url));
const source = (file: string): string =>
  readFileSync(new URL(`../../packages/${file}`, import.meta.url), "utf8");

function folder(): { readonly path: string } & Disposable {
  const path = mkdtempSync(join(tmpdir(), "barrage-preload-"));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
}

describe("what is loaded before a role", () => {
  it("[FT-25] finds the text of every mutant once in its file, and its case", () => {
    for (const { edits, caughtBy } of MUTANTS) {
      for (const { file, text } of edits)
        assert.equal(source(file).split(text).length, 2, `${file}: ${text}`);
      assert.ok(CASES.some(({ name }) => name === caughtBy));
    }
  });

  it("[FT-33] [FT-36] finds the place of every point once in its file", () => {
    for (const { file, before } of POINTS)
      assert.equal(source(file).split(before).length, 2, `${file}: ${before}`);
  });

  it("[FT-53] shifts the wall clock by what the file says, and no other date", () => {
    using place = folder();
    const file = join(place.path, "clock");
    writeFileSync(file, "3600000");
    const program = "console.log(JSON.stringify([Date.now(), +new Date(), +new Date(5)]))";

    const before = Date.now();
    const said = execFileSync(process.execPath, ["--import", preload("clock"), "--eval", program], {
      env: { ...process.env, FAULTS_CLOCK: file },
    });

    const [now = 0, fresh = 0, fixed = 0] = JSON.parse(said.toString()) as readonly number[];
    assert.equal(Math.floor((now - before) / 3_600_000), 1);
    assert.equal(Math.floor((fresh - before) / 3_600_000), 1);
    assert.equal(fixed, 5);
  });

  it("[FT-51] sends connections where the file says", async () => {
    using place = folder();
    const server = createServer((socket) => socket.end("the proxy"));
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const address = server.address();
    assert.ok(address !== null && typeof address === "object");
    const file = join(place.path, "links");
    writeFileSync(file, JSON.stringify({ 1: address.port }));
    const program =
      'require("node:net").connect(1, "127.0.0.1").on("data", (said) => console.log(String(said)))';

    const { stdout } = await promisify(execFile)(
      process.execPath,
      ["--import", preload("links"), "--eval", program],
      { env: { ...process.env, FAULTS_LINKS: file } },
    );

    assert.equal(stdout, "the proxy\n");
    server.close();
  });
});
