import assert from "node:assert/strict";
import { after, afterEach, before, describe, it } from "node:test";
import { requireOrSkip } from "@barrage/testkit";
import type { Page } from "playwright-core";
import { CHROMIUM, eventually, otherSite, paintedPixels, Served } from "./served-page.ts";

const FIELD = "[enterkeyhint=send]";
const OVERLAY = ".stage > canvas:not(.film)";

const join = async (page: Page, name: string): Promise<void> => {
  await page.fill(".send-text", name);
  await page.keyboard.press("Enter");
  await page.waitForSelector(FIELD);
};
const said = (page: Page): Promise<string[]> => page.locator(".what").allTextContents();
const seen = (page: Page, text: string): Promise<unknown> =>
  page.locator(".what", { hasText: text }).first().waitFor();
const isLive = (page: Page): Promise<unknown> => page.waitForSelector(".status-live", { state: "attached" });

describe("the page in Chromium", requireOrSkip("chromium", CHROMIUM !== undefined), () => {
  let it_: Served;
  before(async () => {
    it_ = await Served.start();
  });
  afterEach(() => it_.closePages());
  after(() => it_[Symbol.asyncDispose]());

  it("[WB-11] shows what is sent by the keyboard alone, on the film and in the list, once", async () => {
    const page = await it_.open("/live/keys");
    const other = await it_.open("/live/keys");
    await isLive(other);
    await page.locator(".send-text").focus();
    await page.keyboard.type("Ann");
    await page.keyboard.press("Enter");
    await page.waitForSelector(FIELD);
    await page.locator(FIELD).focus();
    await page.keyboard.type("hello 世界");
    await page.keyboard.press("Enter");
    await seen(page, "hello 世界");
    await seen(other, "hello 世界");

    assert.ok(
      (await eventually(
        other,
        () => paintedPixels(other, OVERLAY),
        (n) => n > 100,
      )) > 100,
    );
    await it_.publish("keys", "after it");
    await seen(page, "after it");
    assert.deepEqual(await said(page), ["hello 世界", "after it"]);
    assert.deepEqual(page.complaints, []);
  });

  it("[WB-9] shows markup as the text it is", async () => {
    const page = await it_.open("/live/markup");
    await isLive(page);
    const evil = "<img src=x onerror=\"document.title='owned'\"><script>1</script>";
    await it_.publish("markup", evil);
    await seen(page, "<img");

    assert.deepEqual(await said(page), [evil]);
    assert.equal(await page.locator(".log img, .log script").count(), 0);
    assert.doesNotMatch(await page.title(), /owned/);
    assert.deepEqual(page.complaints, []);
  });

  it("[WB-3] [WB-4] keeps settings over a reload and hides a blocked word", async () => {
    const page = await it_.open("/live/words");
    await isLive(page);
    await it_.publish("words", "a spoiler");
    await it_.publish("words", "harmless");
    await seen(page, "harmless");
    await page.getByRole("button", { name: "Settings" }).click();
    await page.fill('.panel input[name="opacity"]', "0.4");
    await page.getByLabel("Word to block").fill("SPOILER");
    await page.keyboard.press("Enter");
    await page.keyboard.press("Escape");
    assert.deepEqual(await said(page), ["harmless"]);

    await page.reload();
    await seen(page, "harmless");
    await it_.publish("words", "another spoiler");
    await it_.publish("words", "last");
    await seen(page, "last");
    assert.deepEqual(await said(page), ["harmless", "last"]);
    await page.getByRole("button", { name: "Settings" }).click();
    assert.equal(await page.locator('.panel input[name="opacity"]').inputValue(), "0.4");
  });

  it("[WB-6] does not move whoever reads further up, and counts what comes meanwhile", async () => {
    const page = await it_.open("/live/scroll", { viewport: { width: 1_280, height: 500 } });
    await isLive(page);
    for (let i = 0; i < 25; i++) await it_.publish("scroll", `line ${i}`, `user${i}`);
    await seen(page, "line 24");
    const log = page.locator(".log");
    await log.evaluate((at) => at.scrollTo(0, 0));
    await page.locator(".latest").waitFor();
    await it_.publish("scroll", "while reading", "late");
    const cleared = log.locator(".what", { hasText: /^line 3$/ });
    await it_.moderate("scroll", "clear-user", { uid: "user3" });
    await cleared.waitFor({ state: "detached" });

    await page.locator(".latest", { hasText: "1 new" }).waitFor();
    assert.equal(await log.evaluate((at) => at.scrollTop), 0);
    await page.locator(".latest").click();
    await seen(page, "while reading");
    assert.ok(await log.evaluate((at) => at.scrollHeight - at.scrollTop - at.clientHeight < 2));
  });

  it("[WB-7] [WB-8] lets a moderator take a danmaku back for all", async () => {
    const viewer = await it_.open("/live/recall");
    const page = await it_.open(`/live/recall#key=${it_.server.devKey}`);
    assert.doesNotMatch(page.url(), /key=/);
    await page.getByRole("button", { name: "Moderation" }).waitFor();
    assert.equal(await viewer.getByRole("button", { name: "Moderation" }).count(), 0);
    await it_.publish("recall", "bad one");
    await it_.publish("recall", "good one", "eve");
    await seen(viewer, "good one");
    await page.locator(".line-said", { hasText: "bad one" }).click();
    await page.getByRole("menuitem", { name: "Remove it for all" }).click();

    await viewer.locator(".what", { hasText: "bad one" }).waitFor({ state: "detached" });
    assert.deepEqual(await said(viewer), ["good one"]);
    await page.getByRole("button", { name: "Moderation" }).click();
    await page.locator(".audit", { hasText: "recall" }).waitFor();
  });

  it("[WB-4] blocks a user from the menu by the keyboard", async () => {
    const page = await it_.open("/live/menu");
    await isLive(page);
    await it_.publish("menu", "from eve", "eve");
    await it_.publish("menu", "from bob");
    await seen(page, "from bob");
    await page.locator(".line-said", { hasText: "from eve" }).focus();
    await page.keyboard.press("Enter");
    await page.getByRole("menuitem", { name: "Block this user for me" }).waitFor();
    await page.keyboard.press("Enter");

    await page.locator(".what", { hasText: "from eve" }).waitFor({ state: "detached" });
    assert.deepEqual(await said(page), ["from bob"]);
  });

  for (const [name, width, height] of [
    ["a phone", 360, 640],
    ["a larger phone", 390, 844],
    ["a laptop", 1_280, 720],
  ] as const) {
    it(`[WB-13] fits ${name}`, async () => {
      const page = await it_.open("/live/narrow", { viewport: { width, height } });
      await isLive(page);
      await it_.publish("narrow", `${"long ".repeat(15)}end`, `user${width}`);
      await seen(page, "long");
      await join(page, "Ann");
      const boxes = await Promise.all(
        [".stage", ".log", ".send"].map((part) => page.locator(part).boundingBox()),
      );

      assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), width);
      for (const box of boxes)
        assert.ok(
          box !== null &&
            box.x >= 0 &&
            box.x + box.width <= width &&
            box.y + box.height <= height &&
            box.height >= 40,
        );
    });
  }

  it("[WB-2] speaks Chinese to a Chinese browser, and English when asked", async () => {
    const page = await it_.open("/live/words", { locale: "zh-CN" });
    await page.getByPlaceholder("取个昵称即可发言").waitFor();
    await page.getByRole("button", { name: "切换到英文" }).click();
    await page.getByPlaceholder("Choose a name to join in").waitFor();

    assert.equal(await page.evaluate(() => document.documentElement.lang), "en");
  });

  it("[WB-10] keeps the film still with reduced motion, and moves it without", async () => {
    const picture = (page: Page): Promise<string> =>
      page.locator(".film").evaluate((film) => (film as HTMLCanvasElement).toDataURL());
    const viewport = { width: 360, height: 400 };
    const still = await it_.open("/live/words", { reducedMotion: "reduce", viewport });
    await isLive(still);
    const first = await picture(still);
    const stays = await eventually(
      still,
      () => picture(still),
      (now) => now !== first,
      30,
    );
    assert.equal(stays, first);

    const moving = await it_.open("/live/words", { reducedMotion: "no-preference", viewport });
    await isLive(moving);
    const begun = await picture(moving);
    const next = await eventually(
      moving,
      () => picture(moving),
      (now) => now !== begun,
    );
    assert.notEqual(next, begun);
  });

  it("[WB-5] shows danmaku on nothing at the overlay's address", async () => {
    const page = await it_.open("/overlay/obs?opacity=1&block=hidden");
    await page.waitForSelector("#app > canvas", { state: "attached" });
    assert.equal(
      await page.evaluate(() => getComputedStyle(document.body).backgroundColor),
      "rgba(0, 0, 0, 0)",
    );
    // It has no words to wait for, so what is published until one is painted tells that it is connected.
    let sent = 0;
    const look = async (): Promise<number> => {
      if (sent < 20) await it_.publish("obs", "shown", `user${(sent += 1)}`);
      return paintedPixels(page, "#app > canvas");
    };
    assert.ok((await eventually(page, look, (n) => n > 0)) > 0);
    assert.deepEqual(page.complaints, []);
  });

  it("[WB-11] lists the rooms there are", async () => {
    await it_.publish("listed", "x");
    const page = await it_.open("/");
    await page.locator('a[href="/live/listed"]').click();
    await seen(page, "x");

    assert.deepEqual(page.complaints, []);
  });

  it("[WB-12] comes back after the server was away, with what it missed", async () => {
    await using served = await Served.start();
    const page = await served.open("/live/again");
    await isLive(page);
    await served.publish("again", "before");
    await seen(page, "before");
    await served.down();
    await page.waitForSelector(".status-waiting", { state: "attached" });
    await served.up();
    await served.publish("again", "meanwhile");
    await seen(page, "meanwhile");
    await isLive(page);

    assert.deepEqual(await said(page), ["before", "meanwhile"]);
  });
});

describe("danmaku in another site's page", requireOrSkip("chromium", CHROMIUM !== undefined), () => {
  it("[WB-14] come by one line, with one global and no style that leaks", async () => {
    let line = "";
    await using site = await otherSite(
      () =>
        `<!doctype html><meta charset="utf-8"><title>site</title><div id="player" class="stage">film</div>${line}`,
    );
    const origins = { "server.allowed-origins": site.origin, "server.embed-origins": site.origin };
    await using served = await Served.start(origins);
    const bare = await served.open(site.origin);
    const globals = (page: Page): Promise<string[]> => page.evaluate(() => Object.keys(globalThis));
    const before_ = await globals(bare);
    line = `<script src="${served.server.url}/embed.js" data-room="demo" data-target="#player"></script>`;
    const page = await served.open(site.origin);
    await page.waitForSelector("#player > barrage-danmaku", { state: "attached" });
    let sent = 0;
    const connections = async (): Promise<number> => {
      if (sent < 20) await served.publish("demo", "hello site", `user${(sent += 1)}`);
      return served.server.engine.gateway.connections;
    };

    assert.equal(await eventually(page, connections, (n) => n === 1), 1);
    assert.deepEqual(
      (await globals(page)).filter((name) => !before_.includes(name)),
      ["BarrageEmbed"],
    );
    assert.equal(await page.locator("#player").evaluate((at) => getComputedStyle(at).position), "relative");
    assert.deepEqual(
      page.complaints.filter((text) => !text.includes("favicon")),
      [],
    );
    await page.evaluate("BarrageEmbed.stop()");
    assert.equal(await page.locator("barrage-danmaku").count(), 0);
  });
});
