import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import assert from "node:assert/strict";
import { chromium } from "playwright-core";
import type { Browser, Page } from "playwright-core";

export const CHROMIUM = "/usr/bin/chromium";
const BUILD_WEB = fileURLToPath(new URL("../../../scripts/build-web.ts", import.meta.url));
const { webIsFresh } = (await import("../../../scripts/bootstrap/web-sources.mjs")) as {
  webIsFresh: (root: string) => boolean;
};
const ROOT = fileURLToPath(new URL("../../../", import.meta.url));

/** The list that screen readers read: one element for each danmaku, the oldest removed when it is long. */
const LIST = "[role=log]";
/** The danmaku's own text in an element of the list, beside its sender's name. */
const TEXT = ".line-said .what";

/** Runs in the page before its own scripts: notes every text the list ever showed, also those removed again. */
function noteTexts({ list, text }: { list: string; text: string }): void {
  const shown: string[] = [];
  // An element that is moved is added again, but shows nothing new.
  const noted = new WeakSet<Element>();
  Object.assign(globalThis, { shownTexts: shown });
  const note = (node: Node): void => {
    if (!(node instanceof Element) || node.closest(list) === null) return;
    const texts = node.matches(text) ? [node] : [...node.querySelectorAll(text)];
    for (const element of texts) {
      if (noted.has(element)) continue;
      noted.add(element);
      shown.push(element.textContent);
    }
  };
  new MutationObserver((changes) => {
    for (const { addedNodes } of changes) for (const node of addedNodes) note(node);
  }).observe(document, { childList: true, subtree: true });
}

/** The bundle that the server serves; made when its sources are newer. Before the server starts: it looks for it then. */
export function buildPage(): void {
  if (webIsFresh(ROOT)) return;
  const built = spawnSync(process.execPath, [BUILD_WEB], { cwd: ROOT, encoding: "utf8" });
  assert.equal(built.status, 0, built.stderr);
}

/** The live page of a room in a real browser. */
export class LivePage implements AsyncDisposable {
  readonly #browser: Browser;
  readonly #page: Page;
  /** Errors that the page's scripts threw. */
  readonly faults: string[] = [];

  private constructor(browser: Browser, page: Page) {
    this.#browser = browser;
    this.#page = page;
    page.on("pageerror", (error) => this.faults.push(error.message));
  }

  /** Resolves when the page has joined the room. */
  static async open(url: string, room: string, viewport = { width: 1_280, height: 800 }): Promise<LivePage> {
    const browser = await chromium.launch({
      executablePath: CHROMIUM,
      args: [
        "--no-sandbox",
        "--disable-background-networking",
        "--disable-gpu",
        "--autoplay-policy=no-user-gesture-required",
      ],
    });
    try {
      const live = new LivePage(browser, await browser.newPage({ viewport }));
      await live.#page.addInitScript(noteTexts, { list: LIST, text: TEXT });
      await live.#page.goto(`${url}/live/${room}`);
      // In the page, seen or not: a narrow screen has no room for the words.
      await live.#page.waitForSelector(".status-live", { state: "attached" });
      return live;
    } catch (error) {
      // A browser left open would keep the test's process from ending.
      await browser.close();
      throw error;
    }
  }

  /** Every text the list showed, once there were `count` of them. */
  async textsShown(count: number): Promise<readonly string[]> {
    await this.#page.waitForFunction(
      (wanted) => (globalThis as unknown as { shownTexts: string[] }).shownTexts.length >= wanted,
      count,
    );
    assert.deepEqual(this.faults, []);
    return this.#page.evaluate(() => (globalThis as unknown as { shownTexts: string[] }).shownTexts);
  }

  /** A picture of the page once its list has shown `count` danmaku. */
  async picture(path: string, count: number): Promise<void> {
    await this.textsShown(count);
    await this.#page.screenshot({ path });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#browser.close();
  }
}
