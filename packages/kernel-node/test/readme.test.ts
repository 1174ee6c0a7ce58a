import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { describe, it } from "node:test";
import { background, type Context, nextTurn, scope } from "@barrage/kernel";

// #region watch
import { debugHandler, deadlockReport, RuntimeMonitor, traceScheduler } from "@barrage/kernel-node";

export function watchProcess(dumpFolder: string, say: (line: string) => void): AsyncDisposable {
  const stack = new AsyncDisposableStack();
  stack.use(deadlockReport());
  stack.use(traceScheduler({ write: say }));
  stack.use(new RuntimeMonitor({ dumpFolder, threshold: 10_000, onSuspicion: ({ what }) => say(what) }));
  const pages = createServer(debugHandler).listen(6060, "127.0.0.1");
  stack.defer(() => void pages.close());
  return stack;
}
// #endregion

// #region pool
import { Pool } from "@barrage/kernel-node";

export async function compressed(
  file: URL,
  images: readonly Uint8Array[],
  ctx: Context,
): Promise<Uint8Array[]> {
  await using pool = new Pool<Uint8Array, Uint8Array>(file, {
    name: "thumbnails",
    min: 1,
    max: 4,
    idempotent: true,
  });
  return await Promise.all(images.map((image) => pool.run(image, ctx)));
}
// #endregion

// #region race
import { RaceDetector } from "@barrage/kernel-node/race";

export async function lostUpdates(): Promise<readonly string[]> {
  using detector = new RaceDetector();
  const account = detector.watch({ balance: 100 }, "account");
  const withdraw = async (amount: number): Promise<void> => {
    const { balance } = account;
    await nextTurn(); // ask the bank
    account.balance = balance - amount;
  };
  await scope((s) => {
    s.spawn(() => withdraw(10));
    s.spawn(() => withdraw(20));
  });
  return detector.races.map(({ object, property }) => `${object}.${property}`);
}
// #endregion

describe("README", () => {
  it("shows the examples that are compiled here", () => {
    const own = readFileSync(import.meta.filename, "utf8");
    const readme = readFileSync(join(import.meta.dirname, "../README.md"), "utf8");
    const examples = ["watch", "pool", "race"].map(
      (name) => own.split(`// #region ${name}\n`)[1]?.split("// #endregion")[0] ?? assert.fail(name),
    );

    assert.deepEqual(
      readme
        .split("```ts\n")
        .slice(1)
        .map((part) => part.split("```")[0]),
      examples,
    );
  });

  it("[PL-1] does the jobs of the example", async () => {
    const file = new URL("./pool/jobs-worker.ts", import.meta.url);
    const image = new Uint8Array([1, 2]);

    assert.deepEqual(await compressed(file, [image], background), [image]);
  });

  it("[KD-80] finds the lost update of the example", async () => {
    assert.deepEqual(await lostUpdates(), ["account.balance"]);
  });
});
