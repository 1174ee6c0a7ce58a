import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { chromium, type Page } from "playwright-core";
import type { createOverlay, DanmakuBox, OverlayItem } from "@barrage/overlay";
import { serveOverlayPage } from "./overlay-page.ts";

const CHROMIUM = "/usr/bin/chromium";
const isRequired = process.env["BARRAGE_REQUIRE_SERVICES"] === "1";
const isMissing = !existsSync(CHROMIUM);
if (isMissing && !isRequired) console.log(`overlay in Chromium skipped: no ${CHROMIUM}`);

/** Set to keep the screenshot for looking at it. */
const SCREENSHOT_DIR = process.env["BARRAGE_SCREENSHOT_DIR"];

/** What the page's own scripts see. */
interface PageWorld {
  overlay: ReturnType<typeof createOverlay>;
  clicks: number;
  /** Frames asked for and listeners added less removed, counted from before the overlay was made. */
  ledger: { frames: number; listeners: number };
}

interface Browser {
  readonly page: Page;
  readonly faults: readonly string[];
}

/** A page of its own, with everything that is not as it should be noted in `faults`; closed when the test ends. */
async function openPage(t: TestContext): Promise<Browser> {
  const served = await serveOverlayPage();
  t.after(() => served.close());
  const args = ["--no-sandbox", "--disable-background-networking", "--disable-gpu"];
  const browser = await chromium.launch({ executablePath: CHROMIUM, args });
  t.after(() => browser.close());
  const page = await browser.newPage({ viewport: { width: 960, height: 540 }, deviceScaleFactor: 1.5 });
  const faults: string[] = [];
  page.on("pageerror", (error) => faults.push(error.message));
  page.on("console", (line) => {
    if (line.type() === "error" && !line.text().includes("favicon")) faults.push(line.text());
  });
  await page.addInitScript(countWhatIsLeft);
  await page.goto(served.url);
  await page.evaluate(async (module) => {
    const { createOverlay: create } = (await import(module)) as { createOverlay: typeof createOverlay };
    const world = globalThis as unknown as PageWorld;
    world.overlay = create(document.querySelector<HTMLElement>("#player")!);
    world.clicks = 0;
  }, "/src/index.ts");
  return { page, faults };
}

/** Runs in the page, before anything else of it. */
function countWhatIsLeft(): void {
  const ledger = { frames: 0, listeners: 0 };
  Object.assign(globalThis, { ledger });
  const { requestAnimationFrame: request } = globalThis;
  globalThis.requestAnimationFrame = (callback) => {
    ledger.frames += 1;
    return request(callback);
  };
  const target = EventTarget.prototype;
  const { addEventListener: add, removeEventListener: remove } = target;
  target.addEventListener = function (...args) {
    ledger.listeners += 1;
    add.apply(this, args);
  };
  target.removeEventListener = function (...args) {
    ledger.listeners -= 1;
    remove.apply(this, args);
  };
}

const TEXTS = [
  "前方高能",
  "哈哈哈哈哈哈哈哈",
  "233333",
  "第一次看直播，主播好厉害啊",
  "Hello from the other side",
  "awsl",
  "这个镜头绝了！！",
  "<b>text is text</b> &amp;",
  "名場面だ",
  "泪目 😭😭😭",
];
const COLORS = [0xffffff, 0xffffff, 0xffffff, 0xfe0302, 0xffd302, 0x00cd00, 0x4266be, 0x222222];

/** 300 danmaku of all modes and sizes; the same ones in every run. */
const DANMAKU: readonly OverlayItem[] = Array.from({ length: 300 }, (_, index) => ({
  id: `d${index}`,
  text: TEXTS[index % TEXTS.length]!,
  mode: index % 29 === 3 ? "top" : index % 37 === 4 ? "bottom" : index % 13 === 5 ? "reverse" : "scroll",
  color: COLORS[(index * 5) % COLORS.length]!,
  size: index % 11 === 6 ? 36 : index % 7 === 2 ? 18 : 25,
  ...(index % 23 === 7 ? { own: true } : {}),
  ...(index % 29 === 8 ? { count: 128 } : {}),
}));

/** Offers the danmaku over two seconds, 30 at a time, as they come in a live room. */
async function pour(page: Page): Promise<void> {
  for (let from = 0; from < DANMAKU.length; from += 30) {
    await page.evaluate(
      (items) => {
        for (const item of items) (globalThis as unknown as PageWorld).overlay.show(item);
      },
      DANMAKU.slice(from, from + 30),
    );
    await nextFrames(page, 12);
  }
}

function nextFrames(page: Page, count: number): Promise<void> {
  return page.evaluate(async (frames) => {
    for (let frame = 0; frame < frames; frame += 1) {
      await new Promise((resolve) => {
        requestAnimationFrame(resolve);
      });
    }
  }, count);
}

function boxes(page: Page): Promise<readonly DanmakuBox<OverlayItem>[]> {
  return page.evaluate(() => (globalThis as unknown as PageWorld).overlay.boxes());
}

/** Share of the canvas's pixels that something was drawn on. */
function paintedShare(page: Page): Promise<number> {
  return page.evaluate(() => {
    const canvas = document.querySelector<HTMLCanvasElement>("#player canvas")!;
    const { data } = canvas.getContext("2d")!.getImageData(0, 0, canvas.width, canvas.height);
    let painted = 0;
    for (let alpha = 3; alpha < data.length; alpha += 4) if (data[alpha]! > 0) painted += 1;
    return painted / (data.length / 4);
  });
}

function overlaps(shown: readonly DanmakuBox<OverlayItem>[]): string[] {
  const group = ({ mode }: DanmakuBox<OverlayItem>): string => (mode === "reverse" ? "scroll" : mode);
  const found: string[] = [];
  for (const [index, a] of shown.entries()) {
    for (const b of shown.slice(index + 1)) {
      const apart =
        a.x + a.width <= b.x || b.x + b.width <= a.x || a.y + a.height <= b.y || b.y + b.height <= a.y;
      if (group(a) === group(b) && !apart) found.push(`${a.item.id} and ${b.item.id}`);
    }
  }
  return found;
}

describe("in Chromium", { skip: isMissing && !isRequired }, () => {
  it("[OV-26] draws 300 danmaku, no two boxes of a group overlapping at any sampled time", async (t) => {
    const { page, faults } = await openPage(t);
    await pour(page);
    const samples: number[] = [];
    for (let sample = 0; sample < 8; sample += 1) {
      const shown = await boxes(page);
      assert.deepEqual(overlaps(shown), []);
      samples.push(shown.length);
      await nextFrames(page, 10);
    }
    const { offered, shown, dropped, pending } = await page.evaluate(
      () => (globalThis as unknown as PageWorld).overlay.counts,
    );
    assert.equal(offered, 300);
    assert.equal(offered, shown + pending + Object.values(dropped).reduce((sum, count) => sum + count, 0));
    assert.equal(Math.min(...samples) >= 20, true, `on the screen: ${samples.join(", ")}`);
    assert.equal((await paintedShare(page)) > 0.02, true);
    const folder = SCREENSHOT_DIR ?? (await mkdtemp(join(tmpdir(), "overlay-")));
    if (SCREENSHOT_DIR === undefined) t.after(() => rm(folder, { recursive: true }));
    const path = join(folder, "overlay.png");
    await page.screenshot({ path });
    assert.equal((await stat(path)).size > 20_000, true);

    assert.deepEqual(faults, []);
  });

  it("[OV-26] lets clicks through to what is under it", async (t) => {
    const { page, faults } = await openPage(t);
    await page.evaluate(() => {
      const world = globalThis as unknown as PageWorld;
      document.querySelector("#under")!.addEventListener("click", () => (world.clicks += 1));
      world.overlay.show({ id: "a", text: "over the button", mode: "top", color: 0xffffff, size: 25 });
    });
    await nextFrames(page, 3);
    await page.mouse.click(480, 16);
    assert.equal(await page.evaluate(() => (globalThis as unknown as PageWorld).clicks), 1);
    assert.deepEqual(faults, []);
  });

  it("[OV-17] [OV-18] follows the container's size and the screen's pixel ratio", async (t) => {
    const { page } = await openPage(t);
    const size = (): Promise<readonly number[]> =>
      page.evaluate(() => {
        const { width, height } = document.querySelector<HTMLCanvasElement>("#player canvas")!;
        return [width, height];
      });
    await nextFrames(page, 3);
    assert.deepEqual(await size(), [1_440, 810]);
    await page.evaluate(() =>
      document.querySelector<HTMLElement>("#player")!.style.setProperty("width", "400px"),
    );
    await nextFrames(page, 3);
    assert.deepEqual(await size(), [600, 810]);
  });

  it("[OV-15] [OV-22] asks for no frame when nothing is seen, and destroy leaves no listener, frame or canvas", async (t) => {
    const { page, faults } = await openPage(t);
    const ledger = (): Promise<PageWorld["ledger"]> =>
      page.evaluate(() => (globalThis as unknown as PageWorld).ledger);
    await nextFrames(page, 3);
    const idle = await ledger();
    await nextFrames(page, 5);
    assert.equal((await ledger()).frames - idle.frames, 5);
    await page.evaluate(
      (items) => {
        const { overlay } = globalThis as unknown as PageWorld;
        for (const item of items) overlay.show(item);
      },
      DANMAKU.slice(0, 10),
    );
    await nextFrames(page, 3);
    await page.evaluate(() => (globalThis as unknown as PageWorld).overlay.destroy());
    const ended = await ledger();
    await nextFrames(page, 5);
    assert.equal((await ledger()).frames - ended.frames, 5);
    assert.equal(ended.listeners, 0);
    assert.equal(await page.locator("canvas").count(), 0);
    assert.deepEqual(faults, []);
  });
});
