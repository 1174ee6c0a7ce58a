import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { AuditEvent } from "@barrage/engine";
import { background } from "@barrage/kernel";
import { author, danmaku, placed, START_MS } from "@barrage/testkit";
import { ROWS_MAX } from "../../src/archive/archive-reader.ts";
import { needsPostgres, temporaryServer, temporaryStore } from "../support/temporary-archive.ts";

const ctx = background;
const NO_BOUND = Number.MAX_SAFE_INTEGER;

const ban = (at: number, target: string, room = "a"): AuditEvent => ({
  at: START_MS + at,
  actor: "moderator",
  action: "ban",
  room,
  target,
});

describe("the audit log in PostgreSQL", needsPostgres(), () => {
  const server = temporaryServer();

  it("[PG-41] drops what is older than the archive's retention, at n-1, n and n+1", async () => {
    await using made = await temporaryStore(server);
    const { audit, archive } = made;
    for (const at of [11, 9, 10]) await audit.record(ban(at, "u1"), ctx);

    const gone = await archive.retain({ before: START_MS + 10, maxBytes: NO_BOUND }, ctx);

    assert.equal(gone, 0);
    assert.deepEqual(await audit.list("a", 9, ctx), [ban(10, "u1"), ban(11, "u1")]);
  });

  it("[PG-41] keeps what was done to a user who is erased, with every character of it", async () => {
    await using made = await temporaryStore(server);
    const { audit, archive } = made;
    const odd = ban(1, "弹\0幕\u{D800}", "room\0");
    await audit.record(odd, ctx);
    await audit.record(ban(2, "u2"), ctx);
    await archive.write([placed("a", 1, danmaku("d1", { author: author("u2") }))], ctx);

    assert.deepEqual(await archive.erase("u2", ctx), ["a"]);

    assert.deepEqual(await audit.list("a", 9, ctx), [ban(2, "u2")]);
    assert.deepEqual(await audit.list("room\0", 9, ctx), [odd]);
  });

  it("[PG-41] lists no more than it may at once, the newest, whatever is asked for", async () => {
    await using made = await temporaryStore(server);
    const { audit, database } = made;
    await audit.record(ban(1, "first"), ctx);
    const many = `INSERT INTO audit (at, room, body)
      SELECT ${START_MS}, 'a', '{"target":"' || n || '"}' FROM generate_series(1, ${ROWS_MAX}) n`;
    await database.sql(many);

    const all = await audit.list("a", NO_BOUND, ctx);

    assert.deepEqual([all.length, all[0]?.target, all.at(-1)?.target], [ROWS_MAX, String(ROWS_MAX), "1"]);
    assert.deepEqual(await audit.list("a", 0, ctx), []);
    assert.deepEqual(await audit.list("a", -1, ctx), []);
  });
});
