import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { background } from "@barrage/kernel";
import { danmaku, placed, START_MS } from "@barrage/testkit";
import { openPostgresArchive } from "../../src/index.ts";
import { MIGRATIONS } from "../../src/migrations/index.ts";
import { needsPostgres, temporaryServer } from "../support/temporary-archive.ts";

const ctx = background;

describe("migration 2, rooms", needsPostgres(), () => {
  const server = temporaryServer();

  it("[PG-42] counts everything as kept that a program before it has written, and goes on writing", async () => {
    const { url, sql } = await server.database();
    const before = await openPostgresArchive({ url, migrations: MIGRATIONS.slice(0, 1) });
    await before.close();
    const { item } = placed("a", 1, danmaku("d1", { at: START_MS }));
    await sql("INSERT INTO archive_item (seq, at, room, uid, id, body) VALUES (1, $1, 'a', 'u1', 'd1', $2)", [
      START_MS,
      JSON.stringify(item),
    ]);
    await sql("INSERT INTO archive_room (id, latest_at, last_seq, disorder) VALUES ('a', $1, 1, 0)", [
      START_MS,
    ]);

    const archive = await openPostgresArchive({ url });
    const second = placed("a", 2, danmaku("d2", { at: START_MS }));
    await archive.write([second], ctx);

    const page = { room: "a", after: 0, limit: 9 };
    assert.deepEqual((await archive.query(page, ctx)).items, [item, second.item]);
    assert.deepEqual((await archive.query({ ...page, onlyKept: true }, ctx)).items, [item]);
    await archive.close();
  });
});
