import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { readmeExample } from "@barrage/testkit";
import { liveTaskCount } from "@barrage/kernel";

// #region example
import { background, Channel, scope, Semaphore } from "@barrage/kernel";

export async function totalLength(urls: readonly string[], load: (url: string) => Promise<string>) {
  using ctx = background.cancellable({ timeout: 5000, name: "totalLength" });
  return await scope(
    async (s) => {
      const pages = new Channel<string>(16, { name: "pages" });
      const slots = new Semaphore(4, { name: "slots" });
      const loads = urls.map((url) =>
        s.spawn(async (ctx) => {
          using _slot = await slots.acquire(1, ctx);
          await pages.send(await load(url), ctx);
        }),
      );
      s.spawn(() => Promise.all(loads).then(() => pages.close()));

      let total = 0;
      for await (const page of pages.values(s.context)) total += page.length;
      return total;
    },
    { parent: ctx },
  );
}
// #endregion

describe("README", () => {
  it("shows the example that is compiled here", () => {
    const { shown, compiled } = readmeExample(import.meta.filename);

    assert.equal(shown, compiled);
  });

  it("[KN-20] gives the total of all pages", async () => {
    const urls = [...Array(100).keys()].map(String);

    assert.equal(await totalLength(urls, (url) => Promise.resolve(url)), 190);
    assert.equal(liveTaskCount(), 0);
  });

  it("[KN-21] throws what a load throws, and leaves no task behind", async () => {
    const load = (url: string): Promise<string> =>
      url === "3" ? Promise.reject(new Error("404")) : Promise.resolve(url);

    await assert.rejects(totalLength(["1", "2", "3", "4"], load), { message: "404" });

    assert.equal(liveTaskCount(), 0);
  });
});
