import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { login } from "@barrage/client";
import { createLogger, resolveConfig, startServer } from "@barrage/server";
import type { RunningServer } from "@barrage/server";
import { chromium } from "playwright-core";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { build } from "vite";

const WEB = join(import.meta.dirname, "..");
export const CHROMIUM = ["/usr/bin/chromium", "/usr/bin/chromium-browser"].find(existsSync);

/** Browser, bundled page and data folder, shared by the tests of one file. */
export class Served implements AsyncDisposable {
  readonly #browser: Browser;
  readonly #dir: string;
  #server: RunningServer | undefined;
  port = 0;

  private constructor(browser: Browser, dir: string) {
    this.#browser = browser;
    this.#dir = dir;
  }

  static async start(flags: Record<string, string> = {}): Promise<Served> {
    const dir = mkdtempSync(join(tmpdir(), "barrage-page-"));
    for (const config of ["vite.config.ts", "vite.embed.config.ts"]) {
      const outDir = join(dir, "web");
      await build({
        configFile: join(WEB, config),
        logLevel: "error",
        build: { outDir, emptyOutDir: false },
      });
    }
    const args = ["--no-sandbox", "--disable-background-networking"];
    const browser = await chromium.launch({ executablePath: CHROMIUM ?? "", args });
    const served = new Served(browser, dir);
    await served.up(flags);
    return served;
  }

  get server(): RunningServer {
    if (this.#server === undefined) throw new Error("the server is down");
    return this.#server;
  }

  /** Starts the server on the port it had before, with the same data. */
  async up(flags: Record<string, string> = {}): Promise<void> {
    const given = { "store.dir": join(this.#dir, "data"), "server.port": String(this.port), ...flags };
    const { config } = resolveConfig({ flags: { "server.shutdown-spread-ms": "0", ...given } });
    const log = createLogger({ level: "silent" });
    this.#server = await startServer(config, { log, webRoot: join(this.#dir, "web") });
    this.port = this.#server.address.port;
  }

  async down(): Promise<void> {
    await this.server.close();
    this.#server = undefined;
  }

  async publish(room: string, content: string, uid = "bob"): Promise<void> {
    const { token } = await login(this.server.url, { uid, name: uid });
    const response = await fetch(`${this.server.url}/api/v1/danmu`, {
      method: "POST",
      headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
      body: JSON.stringify({ room_id: room, content }),
    });
    if (response.status !== 202)
      throw new Error(`publish was answered ${response.status}: ${await response.text()}`);
  }

  /** One of the room's commands, by a moderator. */
  async moderate(room: string, command: string, body: object): Promise<void> {
    const url = `${this.server.url}/api/v1/rooms/${room}/${command}`;
    const key = this.server.devKey ?? "";
    const { token } = await login(this.server.url, { uid: "mod", name: "mod", role: "moderator", key });
    const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
    const response = await fetch(url, { method: "POST", headers, body: JSON.stringify(body) });
    if (!response.ok) throw new Error(`${command} was answered ${response.status}: ${await response.text()}`);
  }

  /** A page of a fresh browser profile; what it complains of is kept. */
  async open(address: string, options: BrowserContextOptions = {}): Promise<Page & { complaints: string[] }> {
    const context = await this.#browser.newContext({ locale: "en-US", ...options });
    const page = Object.assign(await context.newPage(), { complaints: [] as string[] });
    page.setDefaultTimeout(10_000);
    page.on("pageerror", (error) => page.complaints.push(error.message));
    page.on("console", (message) => {
      if (message.type() === "error") page.complaints.push(message.text());
    });
    await page.goto(address.startsWith("http") ? address : this.server.url + address);
    return page;
  }

  /** A page left open goes on drawing its film, which slows down the next. */
  async closePages(): Promise<void> {
    await Promise.all(this.#browser.contexts().map((context) => context.close()));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#browser.close();
    await this.#server?.close();
    rmSync(this.#dir, { recursive: true, force: true });
  }
}

/** A page of some other site. */
export async function otherSite(html: () => string): Promise<AsyncDisposable & { origin: string }> {
  const server = createServer((_, response) => {
    response.setHeader("content-type", "text/html; charset=utf-8");
    response.end(html());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    origin,
    [Symbol.asyncDispose]: () =>
      new Promise<void>((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}

/** Pixels of the overlay's canvas that are not transparent. */
export function paintedPixels(page: Page, selector: string): Promise<number> {
  return page.evaluate((found) => {
    const canvas = document.querySelector<HTMLCanvasElement>(found);
    const context = canvas?.getContext("2d");
    if (canvas === null || context === null || context === undefined || canvas.width === 0) return -1;
    const { data } = context.getImageData(0, 0, canvas.width, canvas.height);
    let painted = 0;
    for (let i = 3; i < data.length; i += 4) if ((data[i] ?? 0) > 0) painted += 1;
    return painted;
  }, selector);
}

/** Looks once a frame, at most `frames` times: what is waited for comes with one of the next pictures. */
export async function eventually<T>(
  page: Page,
  read: () => Promise<T>,
  isRight: (value: T) => boolean,
  frames = 600,
): Promise<T> {
  for (let left = frames; ; left--) {
    const value = await read();
    if (isRight(value) || left === 0) return value;
    await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(resolve)));
  }
}
