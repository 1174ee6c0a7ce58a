import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdirSync, openSync, readdirSync, writeFileSync, writeSync, closeSync, statSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { background } from "@barrage/kernel";
import { danmaku } from "@barrage/testkit";
import { openSqliteStore } from "../src/index.ts";
import { because } from "./support/causes.ts";
import { temporaryFolder, temporaryStore } from "./support/temporary-store.ts";

const ctx = background;

/** Opens and expects the error; a store that opens all the same is closed, so that the test can end. */
async function failure(dir: string, options = {}): Promise<{ code: string; message: string }> {
  try {
    const store = await openSqliteStore({ ...options, dir });
    await store.close();
  } catch (error) {
    return error as { code: string; message: string };
  }
  throw new Error("it opened");
}

/** A folder whose log holds some hundred kilobytes. */
async function filledFolder(): Promise<Disposable & { readonly path: string }> {
  const folder = temporaryFolder();
  const store = await openSqliteStore({ dir: folder.path });
  const entry = (i: number) => danmaku(`d${i}`, { content: "x".repeat(300) });
  await store.log.appendAll(
    Array.from({ length: 1_000 }, (_, i) => ({ room: "a", entry: entry(i) })),
    ctx,
  );
  await store.close();
  return folder;
}

function overwrite(path: string, position: number, bytes: number): void {
  const file = openSync(path, "r+");
  writeSync(file, Buffer.alloc(bytes, 0x5a), 0, bytes, position);
  closeSync(file);
}

describe("openSqliteStore", () => {
  it("[LG-34] makes the folder, but not its parents", async () => {
    using folder = temporaryFolder();

    const store = await openSqliteStore({ dir: join(folder.path, "data") });
    await store.close();
    const missing = await failure(join(folder.path, "no", "data"));

    assert.deepEqual(readdirSync(join(folder.path, "data")).sort(), ["archive.db", "danmaku.db"]);
    assert.equal(missing.code, "STORE_DIR_MISSING");
    assert.match(missing.message, /no\/data cannot be made: there is no such parent/);
  });

  it("[LG-34] refuses a folder that is a file, or lies under one", async () => {
    using folder = temporaryFolder();
    const file = join(folder.path, "file");
    writeFileSync(file, "");

    assert.equal((await failure(file)).code, "STORE_UNWRITABLE");
    assert.equal((await failure(join(file, "data"))).code, "STORE_DIR_MISSING");
  });

  it("[LG-34] refuses a folder where the files cannot be made", async () => {
    using folder = temporaryFolder();
    mkdirSync(join(folder.path, "danmaku.db"));

    const { code, message } = await failure(folder.path);

    assert.equal(code, "STORE_UNWRITABLE");
    assert.match(message, /danmaku\.db cannot be written \(unable to open database file\)/);
  });

  it("[LG-34] refuses a folder that this process has open already, and lets it go when closed", async () => {
    await using made = await temporaryStore();

    const { code, message } = await failure(made.dir);

    assert.equal(code, "STORE_LOCKED");
    assert.match(message, /is in use by another process/);
    await made.reopen();
  });

  it("[LG-34] refuses a folder that another process has open", async () => {
    await using made = await temporaryStore();
    const program = fileURLToPath(new URL("./support/open-and-tell.ts", import.meta.url));

    const { stdout } = await promisify(execFile)(process.execPath, [program, made.dir]);

    assert.equal(stdout.trim(), "STORE_LOCKED");
  });

  it("[LG-34] refuses a damaged file: a broken header, a broken page, either file", async () => {
    for (const [name, position, bytes] of [
      ["danmaku.db", 0, 100],
      ["danmaku.db", 40_960, 40_960],
      ["archive.db", 0, 100],
    ] as const) {
      using folder = await filledFolder();
      assert.equal(statSync(join(folder.path, "danmaku.db")).size > 100_000, true);
      overwrite(join(folder.path, name), position, bytes);

      const { code, message } = await failure(folder.path);

      assert.equal(code, "STORE_CORRUPT", `${name} at ${position}`);
      assert.match(message, new RegExp(`${name} is damaged \\(.+\\)\\. Move it away`));
    }
  });

  it("[LG-31] stops taking appends at a damaged page that the check at start was told to skip", async () => {
    using folder = await filledFolder();
    overwrite(join(folder.path, "danmaku.db"), 40_960, 200_000);
    const store = await openSqliteStore({ dir: folder.path, checkUpToBytes: 1 });
    try {
      await assert.rejects(
        store.log.read(0, 1_000, ctx),
        because("BARRAGE_LOG_UNAVAILABLE", "STORE_CORRUPT"),
      );

      assert.match(store.log.stats.failed ?? "", /danmaku\.db is damaged/);
      await assert.rejects(store.log.append({ room: "a", entry: danmaku("d") }, ctx), {
        code: "BARRAGE_LOG_UNAVAILABLE",
      });
    } finally {
      await store.close();
    }
  });

  it("[LG-34] refuses files of a newer version", async () => {
    using folder = await filledFolder();
    const db = new DatabaseSync(join(folder.path, "danmaku.db"));
    db.exec("PRAGMA user_version = 99");
    db.close();

    const { code, message } = await failure(folder.path);

    assert.equal(code, "STORE_NEWER");
    assert.match(message, /format 99; this one knows 1/);
  });

  it("[LG-34] refuses bounds that are no whole number of 1 or more, before it touches the disk", async () => {
    using folder = temporaryFolder();

    for (const maxAppends of [0, -1, 1.5, Number.NaN]) {
      assert.equal(
        (await failure(join(folder.path, "data"), { maxAppends })).code,
        "KERNEL_INVALID_ARGUMENT",
      );
    }
    assert.deepEqual(readdirSync(folder.path), []);
  });
});
