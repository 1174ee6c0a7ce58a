import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { emptyRoom } from "@barrage/engine";
import type { CataloguedRoom } from "@barrage/engine";
import { background } from "@barrage/kernel";
import { danmaku, fullRoom, placed, START_MS } from "@barrage/testkit";
import { needsPostgres, temporaryServer, temporaryStore } from "../support/temporary-archive.ts";

const ctx = background;

const room = (id: string, seq: number): CataloguedRoom => ({
  seq,
  state: { ...emptyRoom(id), head: { seq, n: 1 } },
});
const item = (id: string, seq: number, ms: number) =>
  placed(id, seq, danmaku(`d${seq}`, { at: START_MS + ms }));

describe("the catalogue of rooms in PostgreSQL", needsPostgres(), () => {
  const server = temporaryServer();

  it("[PG-40] lists rooms by the time of their newest record, though another partition counts higher", async () => {
    await using made = await temporaryStore(server);
    const { catalog } = made;
    const high = 2 ** 41;

    await catalog.writeAll(
      { items: [item("old", high, 1), item("new", 7, 3)], rooms: [room("old", high), room("new", 7)] },
      ctx,
    );
    // What comes late, of a partition that was behind, makes no room newer.
    await catalog.writeAll({ items: [item("mid", high + 9, 2)], rooms: [room("mid", high + 9)] }, ctx);
    await catalog.writeAll({ items: [item("new", 8, 0)], rooms: [room("new", 8)] }, ctx);

    assert.deepEqual(
      (await catalog.list(9, ctx)).map(({ id }) => id),
      ["new", "mid", "old"],
    );
  });

  it("[PG-38] takes the later of two states of a room in one write, and has ids with every character", async () => {
    await using made = await temporaryStore(server);
    const { catalog } = made;
    const odd = "弹\0幕\u{D800}";
    const later = { seq: 9, state: { ...fullRoom(odd), title: "nul\0nul \u{D800}" } };

    await catalog.writeAll({ items: [], rooms: [room(odd, 8), later, room(odd, 7)] }, ctx);

    assert.deepEqual(await catalog.find(odd, ctx), later);
    assert.deepEqual(await catalog.list(9, ctx), [later.state]);
  });

  it("[PG-46] says of a state in a form that it does not know that it is one, and lists the others", async () => {
    await using made = await temporaryStore(server);
    const { catalog, database } = made;
    await catalog.writeAll({ items: [], rooms: [room("a", 5), room("b", 6)] }, ctx);
    await database.sql(`UPDATE room_state SET state = '{"id":"a","version":2}' WHERE id = 'a'`);

    await assert.rejects(
      catalog.find("a", ctx),
      (error: { code: string; cause: { code: string; message: string } }) => {
        assert.deepEqual([error.code, error.cause.code], ["BARRAGE_OVERLOADED", "PG_FOREIGN_STATE"]);
        assert.match(error.cause.message, /as of record 5/);
        return true;
      },
    );
    assert.deepEqual(
      (await catalog.list(9, ctx)).map(({ id }) => id),
      ["b"],
    );
  });
});
