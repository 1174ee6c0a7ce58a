import assert from "node:assert/strict";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { pathToFileURL } from "node:url";
import { requireOrSkip } from "@barrage/testkit";
import { chromium } from "playwright-core";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { reportHtml } from "../../src/index.ts";
import type { LoadReport } from "../../src/index.ts";
import { chartData } from "../../src/report/html/charts.ts";
import { HOSTILE, madeReport } from "./made-report.ts";

const CHROMIUM = "/usr/bin/chromium";
const ARGS = ["--no-sandbox", "--disable-background-networking", "--disable-gpu"];

const SERVER = Array.from({ length: 60 }, (_, second) => ({
  second,
  cpu: 0.4,
  residentBytes: 1e8,
  heapUsedBytes: 5e7,
  loopDelayP99Ms: 3,
  connections: 10,
}));

/** A report with everything, and with names that would do harm as markup. */
function hostileReport(): LoadReport {
  const made = madeReport({
    rooms: HOSTILE,
    seconds: 60,
    deliveryMs: (second) => 5 + (second % 7),
    invalid: [10, 11],
    errors: HOSTILE,
    server: SERVER,
  });
  return { ...made, plan: { ...made.plan, scenario: HOSTILE[1] ?? "" } };
}

interface Shown {
  readonly page: Page;
  /** Whatever a page of a report never does: errors, console lines, dialogs, requests. */
  readonly faults: readonly string[];
}

describe(
  "the page of a report in Chromium",
  { timeout: 120_000, ...requireOrSkip("chromium", existsSync(CHROMIUM)) },
  () => {
    const folder = mkdtempSync(join(tmpdir(), "barrage-report-"));
    const file = join(folder, "report.html");
    const report = hostileReport();
    let browser: Browser;

    before(async () => {
      writeFileSync(file, reportHtml(report));
      browser = await chromium.launch({ executablePath: CHROMIUM, args: ARGS });
    });
    after(async () => {
      await browser.close();
      rmSync(folder, { recursive: true, force: true });
    });

    async function show(options: BrowserContextOptions = {}): Promise<Shown> {
      const context = await browser.newContext({ viewport: { width: 1_200, height: 900 }, ...options });
      const page = await context.newPage();
      const faults: string[] = [];
      page.on("console", (line) => faults.push(`${line.type()}: ${line.text()}`));
      page.on("pageerror", (error) => faults.push(error.message));
      page.on("dialog", (dialog) => {
        faults.push(dialog.message());
        void dialog.dismiss();
      });
      const url = pathToFileURL(file).href;
      page.on("request", (request) => {
        if (request.url() !== url) faults.push(request.url());
      });
      await page.goto(url);
      return { page, faults };
    }

    /** Which share of each chart is painted. */
    const painted = (page: Page): Promise<readonly number[]> =>
      page.evaluate(() =>
        [...document.querySelectorAll("canvas")].map((canvas) => {
          const data = canvas.getContext("2d")?.getImageData(0, 0, canvas.width, canvas.height).data ?? [];
          let count = 0;
          for (let at = 3; at < data.length; at += 4) if (data[at] !== 0) count += 1;
          return count / (data.length / 4);
        }),
      );

    /** The second that the legend of the first chart names. */
    const secondShown = async (page: Page): Promise<number> => {
      const [minutes, seconds] = (await page.textContent("#chart-0 .u-value"))?.split(":").map(Number) ?? [];
      return (minutes ?? NaN) * 60 + (seconds ?? NaN);
    };

    it("[LD-60, LD-61] draws every chart without an error, a line on the console or a request", async () => {
      for (const colorScheme of ["light", "dark"] as const) {
        const { page, faults } = await show({ colorScheme });
        const shares = await painted(page);

        assert.equal(shares.length, chartData(report).charts.length);
        for (const share of shares) assert.ok(share > 0.005, String(shares));
        assert.deepEqual(faults, []);
        assert.equal(await page.getByText("The charts need scripts").isVisible(), false);
        assert.ok((await page.textContent("h1"))?.includes(HOSTILE[1] ?? "-"));
        await page.context().close();
      }
    });

    it("[LD-60] may load nothing: its policy stops whoever tries", async () => {
      const { page } = await show();

      const outcome = await page.evaluate(() =>
        fetch("data:text/plain,x").then(
          () => "loaded",
          () => "refused",
        ),
      );
      assert.equal(outcome, "refused");
      await page.context().close();
    });

    it("[LD-61] names an invalid second under the pointer, and zooms where it is dragged over", async () => {
      const { page, faults } = await show();
      const box = await page.locator("#chart-0 .u-over").boundingBox();
      assert.ok(box !== null);
      const xOf = (second: number): number => box.x + (second / 59) * box.width;
      const y = box.y + box.height / 2;

      await page.mouse.move(xOf(10), y);
      assert.equal(await secondShown(page), 10);
      assert.equal(await page.textContent("#chart-0 p"), "0:10 is not counted: send lag");
      await page.mouse.move(xOf(30), y);
      assert.match((await page.textContent("#chart-0 p")) ?? "", /^Grey: 2 seconds/);

      await page.mouse.move(xOf(40), y);
      await page.mouse.down();
      await page.mouse.move(xOf(50), y);
      await page.mouse.up();
      await page.mouse.move(xOf(30), y);
      const zoomed = await secondShown(page);
      assert.ok(zoomed >= 44 && zoomed <= 46, String(zoomed));

      await page.mouse.dblclick(xOf(30), y);
      await page.mouse.move(xOf(20), y);
      assert.equal(await secondShown(page), 20);
      assert.deepEqual(faults, []);
      await page.context().close();
    });

    it("[LD-62] is no wider than a phone's screen, and as dark as its reader likes it", async () => {
      const grounds = [];
      for (const colorScheme of ["light", "dark"] as const) {
        const { page } = await show({ colorScheme, viewport: { width: 400, height: 800 } });
        const { width, widest, ground } = await page.evaluate(() => ({
          width: document.documentElement.scrollWidth,
          widest: Math.max(
            ...[...document.querySelectorAll("canvas")].map((each) => each.getBoundingClientRect().right),
          ),
          ground: getComputedStyle(document.body).backgroundColor,
        }));

        assert.equal(width, 400);
        assert.ok(widest <= 400, String(widest));
        grounds.push(ground);
        await page.context().close();
      }
      assert.deepEqual(grounds, ["rgb(255, 255, 255)", "rgb(20, 23, 27)"]);
    });

    it("[LD-62] draws again when the reader's screen turns dark", async () => {
      const { page, faults } = await show({ colorScheme: "light" });
      const markerOf = (): Promise<string> =>
        page
          .locator("#chart-0 .u-marker")
          .nth(1)
          .evaluate((marker) => getComputedStyle(marker).borderTopColor);
      const before = await markerOf();

      await page.emulateMedia({ colorScheme: "dark" });
      await page.waitForFunction((old) => {
        const marker = document.querySelectorAll("#chart-0 .u-marker")[1];
        return marker !== undefined && getComputedStyle(marker).borderTopColor !== old;
      }, before);
      assert.equal((await painted(page)).length, chartData(report).charts.length);
      assert.deepEqual(faults, []);
      await page.context().close();
    });

    it("[LD-62] says everything in tables where scripts do not run", async () => {
      const { page } = await show({ javaScriptEnabled: false });

      assert.equal(await page.locator("figure:visible").count(), 0);
      assert.equal(await page.getByText("The charts need scripts").isVisible(), true);
      for (const text of ["send to receive", "out of order", "refused publish", "The exact plan"])
        assert.equal(await page.getByText(text, { exact: true }).first().isVisible(), true, text);
      for (const name of HOSTILE) assert.ok((await page.getByText(name, { exact: true }).count()) > 0, name);
      await page.context().close();
    });
  },
);
