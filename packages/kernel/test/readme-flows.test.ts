import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { assertNoLeaks } from "@barrage/kernel/diagnostics";

// #region flows
import { type PipelineReport, pipeline, retry } from "@barrage/kernel";

export function translateAll(
  lines: AsyncIterable<string> | Iterable<string>,
  translate: (line: string, signal: AbortSignal) => Promise<string>,
  write: (line: string) => Promise<void>,
): Promise<PipelineReport> {
  return pipeline(lines, { name: "translate", onFailure: "drop" })
    .rateLimit({ perSecond: 50, burst: 10 })
    .deadline(2000)
    .map((line, ctx) => retry((own) => translate(line, own.signal), { attempts: 3 }, ctx), { concurrency: 4 })
    .into(write);
}
// #endregion

// #region ends
import { background, Lifecycle, provider, Shutdown } from "@barrage/kernel";

interface Store {
  read(key: string): string | undefined;
  close(): Promise<void>;
}

export function application(open: (path: string) => Promise<Store>) {
  const path = provider({ name: "path", start: () => "data" });
  const store = provider({
    name: "store",
    needs: { path },
    start: (needs) => open(needs.path),
    stop: (opened) => opened.close(),
  });
  const app = new Lifecycle([store], { name: "app" });
  const down = new Shutdown({
    deadlineMs: 10_000,
    phases: [{ name: "parts", steps: [{ name: "app", run: (ctx) => app.stop(ctx) }] }],
  });
  return {
    start: () => app.start(background),
    read: (key: string) => app.get(store).read(key),
    // For SIGTERM: the second one waits for nobody.
    stop: () => down.request(),
  };
}
// #endregion

describe("README", () => {
  it("shows the examples of flows and ends that are compiled here", () => {
    const own = readFileSync(import.meta.filename, "utf8");
    const readme = readFileSync(join(import.meta.dirname, "../README.md"), "utf8");
    const blocks = new Set(readme.split("```ts\n").map((block) => block.split("```")[0]));

    for (const region of ["flows", "ends"]) {
      const example = own.split(`// #region ${region}\n`)[1]?.split("// #endregion")[0];
      assert.ok(blocks.has(example), region);
    }
  });

  it("[KN-160] translates each line once, and drops what fails for good", async () => {
    const written: string[] = [];
    const translate = (line: string): Promise<string> =>
      line === "bad"
        ? Promise.reject(Object.assign(new Error("no"), { code: "E_BAD", retryable: false }))
        : Promise.resolve(line.toUpperCase());

    const report = await assertNoLeaks(() =>
      translateAll(["a", "bad", "b"], translate, async (line) => void written.push(line)),
    );

    assert.deepEqual(written, ["A", "B"]);
    assert.deepEqual(report.dropped, { E_BAD: 1 });
  });

  it("[KN-170][KN-180] starts, reads, and goes down in order", async () => {
    const paths: string[] = [];
    const app = application(async (path) => {
      paths.push(path);
      return { read: (key) => key, close: async () => void paths.push("closed") };
    });

    await app.start();
    assert.equal(app.read("x"), "x");
    const report = await app.stop();

    assert.deepEqual([report.clean, paths], [true, ["data", "closed"]]);
  });
});
