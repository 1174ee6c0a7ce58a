import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { ArchivedItem } from "@barrage/engine";
import { background } from "@barrage/kernel";
import { author, danmaku, placed, recall, seededRandom, START_MS } from "@barrage/testkit";
import { openPostgresArchive } from "../../src/index.ts";
import { needsPostgres, temporaryArchive, temporaryServer } from "../support/temporary-archive.ts";

const ctx = background;
const WRITERS = 4;
const ITEMS = 400;

const item = (seq: number, room = "a") => placed(room, seq, danmaku(`d${seq}`, { at: START_MS + seq }));

describe("writing to the archive on PostgreSQL", needsPostgres(), () => {
  const server = temporaryServer();

  it("[PG-1] is all or nothing, also over several inserts", async () => {
    await using made = await temporaryArchive(server, { rowsPerInsert: 2 });
    const { archive } = made;
    await archive.write([item(1)], ctx);
    const impossible = { ...item(9), item: { ...item(9).item, seq: 2 ** 70 } };
    const hiding = placed("a", 5, recall("r", { id: "d1" }));

    await assert.rejects(archive.write([item(2), item(3), item(4), hiding, impossible], ctx), {
      code: "PG_UNEXPECTED",
    });

    assert.deepEqual(await archive.latest("a", 9, ctx), [item(1).item]);
    await archive.write([item(2), item(3), item(4), hiding], ctx);
    assert.deepEqual(
      (await archive.latest("a", 9, ctx)).map(({ seq }) => seq),
      [2, 3, 4, 5],
    );
  });

  it("[PG-2] counts a record once, by however many processes it is written at the same time, in any order", async () => {
    await using made = await temporaryArchive(server);
    const { url, sql } = made.database;
    const next = seededRandom(7);
    const all = Array.from({ length: ITEMS }, (_, i) => item(i + 1, next() < 0.5 ? "a" : "b"));
    const writers = await Promise.all(
      Array.from({ length: WRITERS }, () => openPostgresArchive({ url, rowsPerInsert: 7 })),
    );

    await Promise.all(
      writers.map(async (archive) => {
        for (const batch of shuffledBatches(all, next)) await archive.write(batch, ctx);
      }),
    );

    const { archive } = made;
    for (const room of ["a", "b"]) {
      const expected = all.filter((each) => each.room === room).map((each) => each.item);
      assert.deepEqual((await archive.query({ room, after: 0, limit: ITEMS }, ctx)).items, expected);
      const to = START_MS + ITEMS / 2;
      const half = await archive.query({ room, to, after: 0, limit: ITEMS }, ctx);
      assert.deepEqual(
        half.items,
        expected.filter(({ at }) => at < to),
      );
    }
    assert.deepEqual(await sql("SELECT count(*)::int AS count FROM archive_item"), [{ count: ITEMS }]);
    await Promise.all(writers.map((each) => each.close()));
  });

  it("[PG-3] keeps every character of ids, names and texts", async () => {
    await using made = await temporaryArchive(server);
    const { archive } = made;
    const odd = ["nul\0nul", "\u{D800}", '"{}",\\', "弹幕 🧡\n\t'", "", "\u{10FFFF}"];
    const items = odd.map((text, i) =>
      placed("a", i + 1, danmaku(`id${text}`, { content: text, author: author(`uid${text}`), at: START_MS })),
    );

    await archive.write(items, ctx);
    await archive.write(items, ctx);

    assert.deepEqual(
      await archive.latest("a", 9, ctx),
      items.map((each) => each.item),
    );
    for (const each of items) assert.deepEqual(await archive.find("a", each.item.id, ctx), each.item);
    for (const each of items) assert.deepEqual(await archive.erase(each.item.author.uid, ctx), ["a"]);
    assert.deepEqual(await archive.latest("a", 9, ctx), []);
  });
});

/** All of the items in batches of all sizes, in an order of its own. */
function shuffledBatches(all: readonly ArchivedItem[], next: () => number): readonly ArchivedItem[][] {
  const rest = all.map((each) => ({ each, rank: next() })).sort((x, y) => x.rank - y.rank);
  const batches: ArchivedItem[][] = [];
  while (rest.length > 0) batches.push(rest.splice(0, 1 + Math.floor(next() * 60)).map(({ each }) => each));
  return batches;
}
