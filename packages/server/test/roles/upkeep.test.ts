import assert from "node:assert/strict";
import { mkdtempSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import type { TestContext } from "node:test";
import type { RetentionPolicy } from "@barrage/engine";
import { rootContext, Scope } from "@barrage/kernel";
import { createLogger, resolveConfig } from "@barrage/server";
import { FakeClock } from "@barrage/testkit";
import { keepRetention } from "../../src/roles/retention.ts";
import { WordsFile } from "../../src/roles/words-file.ts";

const HOUR_MS = 3_600_000;

/** A watched word list, and what comes of it as promises. */
async function watched(t: TestContext, first: string) {
  const dir = mkdtempSync(join(tmpdir(), "barrage-words-"));
  const path = join(dir, "words.txt");
  writeFileSync(path, first);
  const verdicts: string[] = [];
  const errors: string[] = [];
  let told = Promise.withResolvers<void>();
  const log = createLogger({
    level: "error",
    stream: {
      write(line) {
        errors.push(line);
        told.resolve();
      },
    },
  });
  const file = new WordsFile(
    path,
    (words) => {
      verdicts.push(words.check("bad").verdict);
      told.resolve();
    },
    log,
  );
  await file.load();
  const clock = new FakeClock();
  const scope = new Scope(rootContext({ clock }));
  scope.spawn((ctx) => file.watch(1_000, ctx), { name: "words file" });
  t.after(async () => {
    await scope[Symbol.asyncDispose]();
    rmSync(dir, { recursive: true, force: true });
  });
  let stamp = 1;
  return {
    verdicts,
    errors,
    file,
    /** Writes the list, lets a second pass and waits until somebody was told. */
    async change(text: string): Promise<void> {
      told = Promise.withResolvers();
      writeFileSync(path, text);
      // Two writes within one tick of the file system's clock must differ.
      utimesSync(path, (stamp += 1), stamp);
      await clock.advance(1_000);
      await told.promise;
    },
  };
}

describe("the word list's file", () => {
  it("[OP-13] is in force from the start and again after each change", async (t) => {
    const { verdicts, errors, change } = await watched(t, "bad\tmask\n");

    await change("bad\thold\n");
    await change("other\treject\n");

    assert.deepEqual(verdicts, ["mask", "hold", "allow"]);
    assert.deepEqual(errors, []);
  });

  it("[OP-13] keeps the old list when a new one is bad, and says so once with every bad line", async (t) => {
    const { verdicts, errors, change, file } = await watched(t, "bad\tmask\n");

    await change("bad\tshout\nfine\tmask\nworse\twhisper\n");
    assert.equal(await file.load(), false);
    await change("bad\treject\n");

    assert.deepEqual(verdicts, ["mask", "reject"]);
    assert.equal(errors.length, 1);
    assert.match(errors[0] ?? "", /line 1: .+line 3: /);
  });

  it("[OP-13] is not read again when it is only touched", async (t) => {
    const { verdicts, change, file } = await watched(t, "bad\tmask\n");
    await change("bad\thold\n");

    assert.equal(await file.load(), false);
    assert.deepEqual(verdicts, ["mask", "hold"]);
  });
});

describe("retention", () => {
  function retention(fail = false) {
    const clock = new FakeClock();
    const scope = new Scope(rootContext({ clock }));
    const asked: { policy: RetentionPolicy; floor: number }[] = [];
    const archived: object[] = [];
    const lines: string[] = [];
    const { retention: policy } = resolveConfig({
      flags: {
        "store.retention.every-ms": "60000",
        "store.retention.log-hours": "2",
        "store.retention.key-hours": "1",
        "store.retention.archive-hours": "3",
        "store.retention.log-max-bytes": "2000000",
        "store.retention.archive-max-bytes": "3000000",
      },
    }).config.store;
    const parts = {
      engine: { retentionFloor: 42 },
      log: {
        retain: (given: RetentionPolicy, floor: number) => {
          asked.push({ policy: given, floor });
          return fail
            ? Promise.reject(new Error("no disk"))
            : Promise.resolve({ records: 1, keys: 2, bytes: 3 });
        },
      },
      archive: {
        retain: (given: object) => {
          archived.push(given);
          return Promise.resolve(4);
        },
      },
      policy,
      logger: createLogger({ level: "info", stream: { write: (line) => void lines.push(line) } }),
    };
    scope.spawn((ctx) => keepRetention(parts, ctx), { name: "retention" });
    return { clock, scope, asked, archived, lines };
  }

  it("[OP-14] asks log and archive for what the configuration says, and never above what is archived", async () => {
    const { clock, scope, asked, archived, lines } = retention();

    await clock.advance(60_000);
    await scope[Symbol.asyncDispose]();

    const now = clock.wall();
    assert.deepEqual(asked, [
      {
        policy: { before: now - 2 * HOUR_MS, keysBefore: now - HOUR_MS, maxBytes: 2_000_000 },
        floor: 42,
      },
    ]);
    assert.deepEqual(archived, [{ before: now - 3 * HOUR_MS, maxBytes: 3_000_000 }]);
    assert.match(lines[0] ?? "", /"records":1,"keys":2,"bytes":3,"archived":4/);
  });

  it("[OP-14] goes on after a failure", async () => {
    const { clock, scope, asked, lines } = retention(true);

    await clock.advance(180_000);
    await scope[Symbol.asyncDispose]();

    assert.equal(asked.length, 3);
    assert.equal(lines.filter((line) => line.includes("no disk")).length, 3);
  });
});
