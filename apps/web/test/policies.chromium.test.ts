import assert from "node:assert/strict";
import { after, afterEach, before, describe, it } from "node:test";
import { requireOrSkip } from "@barrage/testkit";
import type { Page } from "playwright-core";
import { CHROMIUM, Served } from "./served-page.ts";

const isLive = (page: Page): Promise<unknown> => page.waitForSelector(".status-live", { state: "attached" });

describe("a room with policies in Chromium", requireOrSkip("chromium", CHROMIUM !== undefined), () => {
  let it_: Served;
  before(async () => {
    it_ = await Served.start();
  });
  afterEach(() => it_.closePages());
  after(() => it_[Symbol.asyncDispose]());

  const desk = async (room: string): Promise<Page> => {
    const page = await it_.open(`/live/${room}#key=${it_.server.devKey}&role=host`);
    await page.getByRole("button", { name: "Moderation" }).click();
    return page;
  };

  it("[RP-25] equal danmaku are one line with a count that grows", async () => {
    const viewer = await it_.open("/live/merged");
    await isLive(viewer);
    const page = await desk("merged");
    await page.getByLabel("Equal danmaku as one, for this many seconds: mode").selectOption("on");
    await page.getByRole("button", { name: "Apply" }).nth(1).click();
    await viewer.locator(".line-event", { hasText: "rules" }).waitFor({ state: "attached" });

    await it_.publish("merged", "哈哈哈");
    await viewer.locator(".what", { hasText: "哈哈哈" }).waitFor();
    await it_.publish("merged", "哈哈哈哈哈");
    await it_.publish("merged", "哈 哈");

    await viewer.locator(".times", { hasText: "×3" }).waitFor();
    assert.equal(await viewer.locator(".what").count(), 1);
    const late = await it_.open("/live/merged");
    await late.locator(".times", { hasText: "×3" }).waitFor();
  });

  it("[RP-25] a room with a ceiling says how many of how many it shows", async () => {
    const viewer = await it_.open("/live/ceiling");
    await isLive(viewer);
    const page = await desk("ceiling");
    await page.getByLabel("At most this many danmaku per second", { exact: true }).fill("1");
    await page.getByLabel("At most this many danmaku per second: mode").selectOption("on");
    await page.getByRole("button", { name: "Apply" }).first().click();
    await viewer.locator(".line-event", { hasText: "rules" }).waitFor({ state: "attached" });

    const rate = viewer.locator(".rate", { hasText: /showing 1 of \d+ per second/ });
    // The rate is told with the first danmaku of the next second, so somebody has to go on talking.
    for (let i = 0; !(await rate.isVisible()); i++) await it_.publish("ceiling", `line ${i}`, `user${i}`);
    assert.match((await rate.textContent()) ?? "", /showing 1 of \d+/);
    await page.getByText(/so far/).waitFor({ state: "attached" });
  });
});
