import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { fileURLToPath, pathToFileURL } from "node:url";
import { parseReport } from "@barrage/load";
import type { LoadReport } from "@barrage/load";
import { requireOrSkip } from "@barrage/testkit";
import { chromium } from "playwright-core";
import { CHROMIUM } from "./harness/browser.ts";
import { LoadProcess } from "./harness/load-process.ts";
import { runBarrage, ServeProcess, temporaryFolder } from "./harness/serve-process.ts";

const IMAGES = fileURLToPath(new URL("../../docs/images/", import.meta.url));
const SIZE = ["--viewers", "20", "--rate", "40"];

const readReport = (file: string): LoadReport => parseReport(readFileSync(file, "utf8"), file);

/** Opens a page of a report and says what it did that it should not; with a picture where a path is given. */
async function show(file: string, picture?: string): Promise<{ faults: string[]; charts: string[] }> {
  const browser = await chromium.launch({
    executablePath: CHROMIUM,
    args: ["--no-sandbox", "--disable-background-networking", "--disable-gpu"],
  });
  try {
    const page = await browser.newPage({ viewport: { width: 1_280, height: 1_180 } });
    const faults: string[] = [];
    const url = pathToFileURL(file).href;
    page.on("console", (line) => faults.push(line.text()));
    page.on("pageerror", (error) => faults.push(error.message));
    page.on("request", (request) => {
      if (request.url() !== url) faults.push(request.url());
    });
    await page.goto(url);
    const charts = await page.locator("figure:has(canvas) figcaption").allTextContents();
    if (picture !== undefined) await page.screenshot({ path: picture });
    return { faults, charts };
  } finally {
    await browser.close();
  }
}

describe("the reports of barrage load", { timeout: 240_000 }, () => {
  it("[LD-22, LD-65, LD-66] are written, fit their schema, and are compared", async () => {
    using folder = temporaryFolder();
    await using server = await ServeProcess.start(join(folder.path, "data"));
    const json = join(folder.path, "a.json");
    const run = ["load", "live-room", "--url", server.url, "--duration", "3s", ...SIZE, "--json", json];

    const done = await runBarrage([...run, "--quiet", "--threshold", "lost<=0"]);

    assert.equal(done.code, 0, done.stderr + done.stdout);
    assert.equal(done.stdout.includes(" connections, "), false, "--quiet");
    const report = readReport(json);
    assert.deepEqual([report.published, report.audience.viewers, report.rooms.length], [120, 20, 1]);
    assert.deepEqual(report.verdicts, [{ measure: "lost", sign: "<=", limit: 0, value: 0, holds: true }]);

    const compare = (...args: string[]): ReturnType<typeof runBarrage> =>
      runBarrage(["load", "compare", json, ...args]);
    const same = await compare(json, "--fail-above", "1.2");
    assert.equal(same.code, 0, same.stderr + same.stdout);
    assert.match(same.stdout, /^received +2400 +2400 +1\.000$/m);

    const worse = join(folder.path, "b.json");
    writeFileSync(worse, JSON.stringify({ ...report, audience: { ...report.audience, lost: 7 } }));
    const failed = await compare(worse, "--fail-above", "1.2");
    assert.equal(failed.code, 1);
    assert.match(failed.stdout, /^lost +0 +7 +-  worse$/m);
    assert.equal((await compare(worse)).code, 0);
    assert.equal((await compare(worse, "--fail-above", "0.9")).code, 2);

    const other = join(folder.path, "c.json");
    writeFileSync(other, JSON.stringify({ ...report, version: 1 }));
    const refused = await compare(other);
    assert.deepEqual([refused.code, refused.stdout], [1, ""]);
    assert.match(refused.stderr, /c\.json is no report of barrage load: this version reads format version 2/);
  });

  it("[LD-68] are written with what there is when the run is stopped", async () => {
    using folder = temporaryFolder();
    await using server = await ServeProcess.start(join(folder.path, "data"));
    const [json, html] = [join(folder.path, "r.json"), join(folder.path, "r.html")];
    const files = ["--json", json, "--report", html];
    await using load = new LoadProcess([
      "live-room",
      "--url",
      server.url,
      "--duration",
      "10m",
      ...SIZE,
      ...files,
    ]);
    await load.line(/^1 s: 20 connections/);

    load.kill("SIGINT");

    const { code, stdout, stderr } = await load.ended;
    assert.equal(code, 130, stderr + stdout);
    const report = readReport(json);
    assert.equal(report.isComplete, false);
    assert.ok(report.published >= 40 && report.published < 24_000);
    assert.ok(readFileSync(html, "utf8").includes("Stopped before its end."));
  });

  it("[LD-68] are not waited for after a second signal", async () => {
    using folder = temporaryFolder();
    await using server = await ServeProcess.start(join(folder.path, "data"));
    const json = join(folder.path, "r.json");
    await using load = new LoadProcess([
      "live-room",
      "--url",
      server.url,
      "--duration",
      "10m",
      ...SIZE,
      "--json",
      json,
    ]);
    await load.line(/^1 s: /);
    // A server that stands still owes answers: the run, once stopped, waits for them.
    server.kill("SIGSTOP");
    await load.line(/ 0\/s acked/);

    // Two different ones: of two equal signals that are not yet taken, a system keeps one.
    load.kill("SIGINT");
    load.kill("SIGTERM");

    const { code, stderr } = await load.ended;
    assert.equal(code, 143, stderr);
    assert.equal(existsSync(json), false);
  });
});

describe(
  "the page of a real run",
  { timeout: 240_000, ...requireOrSkip("chromium", existsSync(CHROMIUM)) },
  () => {
    const isPicture = process.env["BARRAGE_SCREENSHOTS"] === "1";

    it("[LD-60, LD-61] draws what was measured, the server's own figures too", async () => {
      using folder = temporaryFolder();
      await using server = await ServeProcess.start(join(folder.path, "data"));
      const html = join(folder.path, "r.html");
      const size = isPicture ? ["--duration", "60s", "--viewers", "100"] : ["--duration", "4s", ...SIZE];
      const bars = ["--threshold", "lost<=0,doubles<=0"];
      const done = await runBarrage([
        "load",
        "hot-room",
        "--url",
        server.url,
        "--report",
        html,
        ...bars,
        ...size,
      ]);
      assert.equal(done.code, 0, done.stderr + done.stdout);

      if (isPicture) mkdirSync(IMAGES, { recursive: true });
      const { faults, charts } = await show(html, isPicture ? join(IMAGES, "load-report.png") : undefined);

      assert.deepEqual(faults, []);
      for (const chart of [
        "Send to receive, by second",
        "Percentiles",
        "Connections",
        "Server: CPU",
        "Server: memory",
      ])
        assert.ok(
          charts.some((title) => title.startsWith(chart)),
          `${chart}: ${charts.join(", ")}`,
        );
    });
  },
);
