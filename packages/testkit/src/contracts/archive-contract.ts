import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Archive, HistoryQuery } from "@barrage/engine";
import { background } from "@barrage/kernel";
import { author, danmaku, placed, recall, START_MS } from "./entries.ts";

export interface ArchiveUnderTest extends AsyncDisposable {
  readonly archive: Archive;
}

export type MakeArchive = () => Promise<ArchiveUnderTest>;

const ctx = background;
const NO_BOUND = Number.MAX_SAFE_INTEGER;

const item = (seq: number, room = "a", ms = seq, uid = "u1") =>
  placed(room, seq, danmaku(`d${seq}`, { at: START_MS + ms, author: author(uid) }));

/** The seqs of all pages, by the cursor. */
async function pages(archive: Archive, query: Omit<HistoryQuery, "after">): Promise<number[][]> {
  const seqs: number[][] = [];
  let after: number | undefined = 0;
  while (after !== undefined) {
    const page: Awaited<ReturnType<Archive["query"]>> = await archive.query({ ...query, after }, ctx);
    seqs.push(page.items.map(({ seq }) => seq));
    after = page.next;
  }
  return seqs;
}

/** Registers the tests that every `Archive` passes; each gets an empty one of its own. */
export function archiveContract(name: string, makeArchive: MakeArchive): void {
  describe(`${name} as an archive`, () => {
    pageContract(makeArchive);
    recallContract(makeArchive);
    forgetContract(makeArchive);
  });
}

function pageContract(makeArchive: MakeArchive): void {
  it("[LG-20] archives an item once, however often it is written", async () => {
    await using made = await makeArchive();
    const { archive } = made;

    await archive.write([item(1), item(2)], ctx);
    await archive.write([item(1), item(2), item(3)], ctx);
    await archive.write([], ctx);

    assert.deepEqual((await archive.query({ room: "a", after: 0, limit: 10 }, ctx)).items, [
      item(1).item,
      item(2).item,
      item(3).item,
    ]);
  });

  it("[LG-22] pages through a room in order, at one below, at and above the limit", async () => {
    await using made = await makeArchive();
    const { archive } = made;
    await archive.write([item(1), item(2, "b"), item(3), item(4), item(5)], ctx);

    assert.deepEqual(await pages(archive, { room: "a", limit: 3 }), [[1, 3, 4], [5]]);
    assert.deepEqual(await pages(archive, { room: "a", limit: 4 }), [[1, 3, 4, 5]]);
    assert.deepEqual(await pages(archive, { room: "a", limit: 5 }), [[1, 3, 4, 5]]);
    assert.deepEqual(await pages(archive, { room: "none", limit: 5 }), [[]]);
  });

  it("[LG-22] takes the start of a range in and leaves its end out", async () => {
    await using made = await makeArchive();
    const { archive } = made;
    await archive.write([item(1), item(2), item(3), item(4)], ctx);

    const range = (from: number, to: number) =>
      pages(archive, { room: "a", from: START_MS + from, to: START_MS + to, limit: 10 });

    assert.deepEqual(await range(2, 4), [[2, 3]]);
    assert.deepEqual(await range(2, 3), [[2]]);
    assert.deepEqual(await range(2, 2), [[]]);
    assert.deepEqual(await range(0, 99), [[1, 2, 3, 4]]);
  });

  it("[LG-22] finds all of a range where times are out of order, however items came", async () => {
    await using made = await makeArchive();
    const { archive } = made;
    const times = [5, 1, 9, 3, 7, 2, 8, 0, 6, 4, 50, 5, 49, 51, 4];
    const items = times.map((ms, i) => item(i + 1, "a", ms));
    for (const late of [7, 2, 11, 0, 14, 5]) await archive.write([items[late]!], ctx);
    await archive.write(items, ctx);

    for (let from = 0; from < 53; from++) {
      for (let to = from; to < 53; to += 3) {
        const expected = items.filter(({ item }) => item.at >= START_MS + from && item.at < START_MS + to);
        const got = await pages(archive, { room: "a", from: START_MS + from, to: START_MS + to, limit: 2 });
        assert.deepEqual(
          got.flat(),
          expected.map(({ item }) => item.seq),
          `from ${from} to ${to}`,
        );
      }
    }
  });

  it("[LG-23] gives the newest, oldest first", async () => {
    await using made = await makeArchive();
    const { archive } = made;
    await archive.write(
      [item(1), item(2), item(3, "b"), item(4), placed("a", 5, recall("r", { id: "d4" }))],
      ctx,
    );

    const latest = await archive.latest("a", 2, ctx);

    assert.deepEqual(
      latest.map(({ seq }) => seq),
      [2, 5],
    );
    assert.deepEqual(await archive.latest("a", 0, ctx), []);
    assert.deepEqual(await archive.latest("none", 3, ctx), []);
  });
}

function recallContract(makeArchive: MakeArchive): void {
  it("[LG-21] hides a recalled item, and finds it still", async () => {
    await using made = await makeArchive();
    const { archive } = made;
    await archive.write([item(1), item(2)], ctx);

    await archive.write([placed("a", 3, recall("r1", { id: "d1" }))], ctx);

    assert.deepEqual(await pages(archive, { room: "a", limit: 10 }), [[2, 3]]);
    assert.deepEqual(await archive.find("a", "d1", ctx), item(1).item);
    assert.deepEqual(await archive.find("a", "d2", ctx), item(2).item);
    assert.equal(await archive.find("b", "d2", ctx), undefined);
    assert.equal(await archive.find("a", "d9", ctx), undefined);
  });

  it("[LG-21] hides a user's earlier items in that room, not later ones nor those of other rooms", async () => {
    await using made = await makeArchive();
    const { archive } = made;
    const clear = placed("a", 4, recall("r1", { uid: "u2" }));

    await archive.write(
      [item(1, "a", 1, "u2"), item(2, "a", 2, "u1"), item(3, "b", 3, "u2"), clear, item(5, "a", 5, "u2")],
      ctx,
    );

    assert.deepEqual(await pages(archive, { room: "a", limit: 10 }), [[2, 4, 5]]);
    assert.deepEqual(await pages(archive, { room: "b", limit: 10 }), [[3]]);
  });
}

function forgetContract(makeArchive: MakeArchive): void {
  it("[LG-24] erases a user in all rooms and names them", async () => {
    await using made = await makeArchive();
    const { archive } = made;
    await archive.write([item(1, "a", 1, "u2"), item(2), item(3, "b", 3, "u2"), item(4, "c")], ctx);

    const rooms = await archive.erase("u2", ctx);

    assert.deepEqual(rooms.toSorted(), ["a", "b"]);
    assert.equal(await archive.find("a", "d1", ctx), undefined);
    assert.deepEqual(await pages(archive, { room: "a", limit: 10 }), [[2]]);
    assert.deepEqual(await archive.erase("u2", ctx), []);
  });

  it("[LG-25] retains what is not older than the moment, at n-1, n and n+1", async () => {
    await using made = await makeArchive();
    const { archive } = made;
    await archive.write([item(1, "a", 9), item(2, "a", 10), item(3, "a", 11), item(4, "b", 1)], ctx);

    assert.equal(await archive.retain({ before: START_MS + 10, maxBytes: NO_BOUND }, ctx), 2);

    assert.deepEqual(await pages(archive, { room: "a", limit: 10 }), [[2, 3]]);
    assert.equal(await archive.retain({ before: START_MS + 10, maxBytes: NO_BOUND }, ctx), 0);
  });
}
