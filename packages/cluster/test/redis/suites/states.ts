import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { background, scope } from "@barrage/kernel";
import { danmaku, fullRoom, MemoryArchive, MemoryCatalog } from "@barrage/testkit";
import {
  ClusterRoomStates,
  decodeCatalogued,
  PublishedHeads,
  RedisLayer,
  RedisWindow,
  stringsOf,
} from "../../../src/index.ts";
import type { RedisFixture } from "../support/redis-fixture.ts";
import { WHOLE } from "../support/room-run.ts";

/** Room states on a Redis Cluster. */
export function statesSuite(redis: RedisFixture): void {
  async function start() {
    const link = await redis.link();
    const window = new RedisWindow(link, WHOLE);
    const append = async (seq: number, title?: string): Promise<void> => {
      const item = { ...danmaku(`i${seq}`), seq, n: seq };
      const batch = { room: "r", prev: seq - 1, seq, items: [item] };
      const state = { ...fullRoom("r"), title: title ?? "", head: { seq, n: seq } };
      await window.append(title === undefined ? batch : { ...batch, state }, background);
    };
    return { link, window, append, [Symbol.asyncDispose]: () => link.close() };
  }

  describe("room states", () => {
    const foreign = ["no json", "[]", "{}", '{"id":"r"}', JSON.stringify({ ...fullRoom("r"), mutes: 7 })];
    for (const text of foreign) {
      it(`[RD-80] a stored state of ${text.slice(0, 20)} is absent and counted; the window goes on`, async () => {
        await using run = await start();
        await run.append(1, "first");
        const key = run.link.key("head", "r");
        const put = { name: "raw", key, repeatable: true };
        await run.link.command(put, (client) => client.hset(key, "st", text), background);

        assert.equal(await run.window.find("r", background), undefined);
        assert.equal(run.window.invalidStates, 1);

        await run.append(2, "second");
        assert.equal((await run.window.find("r", background))?.title, "second");
      });
    }

    it("[RD-80] the state of another room is none of this one's", async () => {
      await using run = await start();
      const state = { ...fullRoom("other"), head: { seq: 1, n: 1 } };
      await run.window.open("r", { seq: 1, n: 1, state }, [], background);

      assert.equal(await run.window.find("r", background), undefined);
      assert.equal(run.window.invalidStates, 1);
    });

    it("[RD-81] two processes share what the catalogue said, and see what the window has", async () => {
      await using run = await start();
      await scope(async (own) => {
        const catalog = new MemoryCatalog(new MemoryArchive());
        const state = { ...fullRoom("r"), head: { seq: 1, n: 1 } };
        await catalog.writeAll({ items: [], rooms: [{ state, seq: 1 }] }, background);
        const shared = new RedisLayer(stringsOf(run.link), "room:", decodeCatalogued);
        const parts = { stored: run.window, catalog, scope: own, shared };
        const [one, two] = [new ClusterRoomStates(parts), new ClusterRoomStates(parts)];

        assert.deepEqual(await one.find("r", background), state);
        assert.deepEqual(await two.find("r", background), state);
        assert.deepEqual([one.figures.catalog.loads, two.figures.catalog.sharedHits], [1, 1]);

        await run.window.open("r", { seq: 1, n: 1 }, [], background);
        await run.append(2, "newer");
        assert.equal((await two.fresh("r", background))?.title, "newer");
      });
    });

    it("[RD-84] a gateway waits for the window's head", async () => {
      await using run = await start();
      const heads = new PublishedHeads(run.window, 60_000);
      const waiting = heads.wait("r", 2, background);

      await run.append(1);
      await run.append(2);

      await waiting;
      await heads.wait("r", 1, background);
    });
  });
}
