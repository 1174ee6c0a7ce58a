import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { from, onceAsked } from "../support/origin.ts";

const it = from("go test/chan/perm.go");

const ROOT = fileURLToPath(new URL("../../../../..", import.meta.url));
const source = await readFile(new URL("perm.types.ts", import.meta.url), "utf8");
const EXPECTED = /^( *)\/\/ @ts-expect-error (\d\d [^\n]+)\n/gm;

/** The line numbers at which the compiler finds an error in this text. */
async function errorLines(text: string): Promise<number[]> {
  const folder = await mkdtemp(join(tmpdir(), "barrage-perm-"));
  const config = {
    extends: join(ROOT, "tsconfig.tests.json"),
    compilerOptions: {
      paths: { "@barrage/kernel": [join(ROOT, "packages/kernel/src/index.ts")] },
      typeRoots: [join(ROOT, "node_modules/@types")],
      tsBuildInfoFile: join(folder, "info"),
    },
    include: [],
    files: ["perm.mts"],
    references: [],
  };
  await writeFile(join(folder, "perm.mts"), text);
  await writeFile(join(folder, "tsconfig.json"), JSON.stringify(config));
  const args = [join(ROOT, "node_modules/typescript/bin/tsc"), "-p", folder, "--pretty", "false"];
  const out = await new Promise<string>((resolve) => {
    execFile(process.execPath, args, (_, stdout) => resolve(stdout));
  });
  await rm(folder, { recursive: true });
  return [...out.matchAll(/perm\.mts\((\d+),/g)].map((match) => Number(match[1]));
}

// Every directive becomes an empty comment, so the lines stay where they are and the errors come out.
const bare = onceAsked(() => errorLines(source.replaceAll(EXPECTED, "$1//\n")));
const names = [...source.matchAll(EXPECTED)].map((match) => match[2] ?? "");

for (const name of names) {
  it(name, "[CF-2] what an end cannot do is an error of the compiler", async () => {
    const line = source.slice(0, source.indexOf(`@ts-expect-error ${name}`)).split("\n").length + 1;
    assert.ok((await bare()).includes(line), `no error in line ${line}`);
  });
}

it("no other error", "[CF-2] what an end can do is none", async () => {
  assert.equal(new Set(await bare()).size, names.length);
  assert.deepEqual(await errorLines(source), []);
});
