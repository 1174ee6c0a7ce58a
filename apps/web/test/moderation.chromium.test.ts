import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, afterEach, before, describe, it } from "node:test";
import { background } from "@barrage/kernel";
import { requireOrSkip } from "@barrage/testkit";
import type { Page } from "playwright-core";
import { CHROMIUM, Served } from "./served-page.ts";

const FIELD = "[enterkeyhint=send]";
const seen = (page: Page, text: string): Promise<unknown> =>
  page.locator(".what", { hasText: text }).first().waitFor();

async function signIn(page: Page, name: string): Promise<void> {
  await page.fill(".send-text", name);
  await page.keyboard.press("Enter");
  await page.waitForSelector(FIELD);
}

async function say(page: Page, text: string): Promise<void> {
  await page.fill(FIELD, text);
  await page.keyboard.press("Enter");
}

describe("moderation in Chromium", requireOrSkip("chromium", CHROMIUM !== undefined), () => {
  const dir = mkdtempSync(join(tmpdir(), "barrage-words-"));
  let it_: Served;
  before(async () => {
    const words = join(dir, "words.txt");
    writeFileSync(words, "suspicious\thold\n");
    it_ = await Served.start({ "moderation.words-file": words });
  });
  afterEach(() => it_.closePages());
  after(async () => {
    await it_[Symbol.asyncDispose]();
    rmSync(dir, { recursive: true, force: true });
  });

  const host = async (room: string): Promise<Page> => {
    const page = await it_.open(`/live/${room}#key=${it_.server.devKey}&role=host`);
    await page.getByRole("button", { name: "Moderation" }).click();
    return page;
  };

  it("[WB-15] what is held waits with its reason, and appears for all when approved", async () => {
    const viewer = await it_.open("/live/held");
    await signIn(viewer, "Ann");
    await say(viewer, "a suspicious line");
    await viewer.getByText("A moderator will look at it first.").waitFor();
    const page = await host("held");
    await page.getByText("matched: suspicious").waitFor();
    assert.equal(await viewer.locator(".what").count(), 0);

    await page.getByRole("button", { name: "Approve" }).click();

    await seen(viewer, "a suspicious line");
    await page.getByText("Waiting for you (0)").waitFor();
  });

  it("[WB-15] title and slow mode reach the viewers, who see how long they have to wait", async () => {
    const viewer = await it_.open("/live/slow");
    await signIn(viewer, "Ann");
    const page = await host("slow");
    await page.getByLabel("Room title").fill("A quiet evening");
    await page.getByRole("button", { name: "Save" }).first().click();
    await viewer.getByText("A quiet evening").first().waitFor();
    await page.getByLabel("Slow mode (s)").fill("60");
    await page.getByRole("button", { name: "Save" }).last().click();
    await viewer.locator(".line-event", { hasText: "60" }).waitFor();

    await say(viewer, "once");

    await seen(viewer, "once");
    await viewer.getByText(/Wait \d+ s/).waitFor();
  });

  it("[WB-16] a closed room says so and stays closed", async () => {
    const viewer = await it_.open("/live/closing");
    await signIn(viewer, "Ann");
    const page = await host("closing");
    await page.getByRole("button", { name: "Close the room" }).click();
    await page.getByRole("button", { name: "Close for good?" }).click();

    await viewer.locator(".line-event", { hasText: "closed" }).waitFor();
    await viewer.waitForSelector(".status-closed", { state: "attached" });
    assert.equal((await it_.server.engine.rooms.find("closing", background))?.closed, true);
  });
});
