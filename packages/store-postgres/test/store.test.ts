import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { background } from "@barrage/kernel";
import { danmaku, placed } from "@barrage/testkit";
import { MIGRATIONS_LOCK } from "../src/connection/advisory-locks.ts";
import { openPostgresStore } from "../src/index.ts";
import type { PostgresOptions, PostgresStore } from "../src/index.ts";
import { MIGRATIONS } from "../src/migrations/index.ts";
import { session, untilSql } from "./support/session.ts";
import { needsPostgres, temporaryServer, temporaryStore } from "./support/temporary-archive.ts";
import { WatchedEvents } from "./support/watched-events.ts";

const ctx = background;
const EAGER = { everyMs: 10, probeMs: 60_000 };
/** An operation shall hear why, not that it takes long, however slow the machine. */
const PATIENT = { readyWaitMs: 60_000 };
const item = placed("a", 1, danmaku("d1"));

const coded = (code: string, cause: string) => (error: unknown) => {
  const { code: own, cause: first } = error as { code?: string; cause?: { code?: string } };
  assert.deepEqual([own, first?.code], [code, cause]);
  return true;
};

/** Also on a machine so slow that a look at the server takes too long now and then. */
async function prepared(store: PostgresStore): Promise<void> {
  for (let isDone = false; !isDone;) {
    try {
      await store.prepare(ctx);
      isDone = true;
    } catch (error) {
      assert.equal((error as { code?: string }).code, "PG_UNREACHABLE");
    }
  }
}

describe("a store on PostgreSQL", needsPostgres(), () => {
  const server = temporaryServer();

  const open = (options: PostgresOptions) => {
    const events = new WatchedEvents();
    const store = openPostgresStore({ monitor: EAGER, pool: PATIENT, onEvent: events.onEvent, ...options });
    return { store, events, [Symbol.asyncDispose]: () => store.close() };
  };

  it("[PG-43] is open at once while PostgreSQL is away, and prepares the database once, as soon as it can", async () => {
    const { url, sql } = await server.database();
    await server.server.stop();
    await using one = open({ url });
    await using two = open({ url });
    const { archive, catalog, audit } = one.store;

    assert.match(one.store.health ?? "", /being reached.*It has been so for 0 s\./);
    await assert.rejects(archive.write([item], ctx), { code: "PG_UNREACHABLE" });
    await assert.rejects(catalog.writeAll({ items: [item], rooms: [] }, ctx), { code: "PG_UNREACHABLE" });
    await assert.rejects(catalog.find("a", ctx), coded("BARRAGE_OVERLOADED", "PG_UNREACHABLE"));
    await assert.rejects(audit.list("a", 1, ctx), coded("BARRAGE_OVERLOADED", "PG_UNREACHABLE"));
    for (const { events, store } of [one, two]) {
      await events.first("postgres_down");
      assert.match(store.health ?? "", /does not answer .* It has been so for \d+ s\./);
    }

    await server.server.restart();
    for (const { events, store } of [one, two]) {
      await events.first("postgres_up");
      await store.prepare(ctx);
      assert.equal(store.health, undefined);
    }

    await archive.write([item], ctx);
    assert.deepEqual(await two.store.archive.latest("a", 9, ctx), [item.item]);
    const migrated = [one, two].flatMap(({ events }) => events.of("migrated"));
    assert.deepEqual(
      migrated.map(({ names }) => names),
      [MIGRATIONS.map(({ name }) => name)],
    );
    assert.deepEqual(await sql("SELECT count(*)::int AS made FROM archive_migration"), [
      { made: MIGRATIONS.length },
    ]);
  });

  it("[PG-43] is prepared by its task alone, without an operation", async () => {
    const { url } = await server.database();

    await using made = open({ url });

    await made.events.first("partitions_made");
    assert.equal(made.events.of("migrated").length, 1);
  });

  it("[PG-43] survives that PostgreSQL goes away again, and is not prepared a second time", async () => {
    await using made = await temporaryStore(server);
    await server.server.kill();
    await assert.rejects(made.archive.write([item], ctx), { code: "PG_UNREACHABLE" });

    await server.server.restart();

    await made.archive.write([item], ctx);
    assert.deepEqual(await made.archive.latest("a", 9, ctx), [item.item]);
  });

  it("[PG-44] says why a database cannot be used, once, and uses it when it can", async () => {
    const { url, sql } = await server.database();
    await using first = open({ url });
    await first.store.prepare(ctx);
    await sql("INSERT INTO archive_migration (id, name, checksum) VALUES (99, 'of tomorrow', '')");
    await using made = open({ url });
    const { store, events } = made;

    const { error } = await events.first("prepare_failed");

    assert.equal((error as { code: string }).code, "PG_NEWER");
    assert.match(
      store.health ?? "",
      /newer version \(migration 99; .*\)\. Start that version\. It has been so/,
    );
    await assert.rejects(store.archive.write([item], ctx), { code: "PG_NEWER" });
    await assert.rejects(store.archive.latest("a", 1, ctx), coded("BARRAGE_OVERLOADED", "PG_NEWER"));
    await assert.rejects(store.prepare(ctx), { code: "PG_NEWER" });

    await sql("DELETE FROM archive_migration WHERE id = 99");
    // The attempt under way may have looked before.
    await store.prepare(ctx).catch(() => store.prepare(ctx));
    await store.archive.write([item], ctx);
    assert.equal(store.health, undefined);
    assert.equal(events.of("prepare_failed").length, 1);
  });

  it("[PG-44] says that it is refused, and what to look at", async () => {
    const { url } = await server.database();
    await using made = open({ url: url.replace("//barrage@", "//nobody:secret@") });
    const { store, events } = made;

    const { error } = await events.first("postgres_down");

    assert.equal((error as { code: string }).code, "PG_REFUSED");
    assert.match(store.health ?? "", /Look at user, password and database\. It has been so for \d+ s\./);
    assert.equal((store.health ?? "").includes("secret"), false);
    await assert.rejects(store.archive.write([item], ctx), { code: "PG_REFUSED" });
    assert.deepEqual(events.of("prepare_failed"), []);
  });

  it("[PG-44] keeps operations waiting no longer than readyWaitMs while another process changes the database", async () => {
    const { url, sql } = await server.database();
    await using other = await session({ url, sql });
    await other.sql(`SELECT pg_advisory_lock(${MIGRATIONS_LOCK.join()})`);
    await using made = open({ url, pool: { readyWaitMs: 20 } });
    const { store } = made;

    await assert.rejects(store.archive.write([item], ctx), { code: "PG_PREPARING" });
    await assert.rejects(store.catalog.list(1, ctx), coded("BARRAGE_OVERLOADED", "PG_PREPARING"));
    assert.match(store.health ?? "", /brought to its newest form/);

    await other.sql("SELECT pg_advisory_unlock_all()");
    await store.prepare(ctx);
    await store.archive.write([item], ctx);
    assert.equal(store.health, undefined);
  });

  it("[PG-44] gives up an attempt when PostgreSQL falls silent in it, and makes another", async () => {
    const { url, sql } = await server.database();
    await using other = await session({ url, sql });
    await other.sql(`SELECT pg_advisory_lock(${MIGRATIONS_LOCK.join()})`);
    await using made = open({ url, monitor: { everyMs: 10, probeMs: 500 }, pool: { operationMs: 1_000 } });
    const { store, events } = made;
    await untilSql(
      { sql },
      "SELECT 1 FROM pg_stat_activity WHERE wait_event = 'advisory' AND datname = current_database()",
      (rows) => rows.length > 0,
    );

    server.server.freeze();
    await events.first("postgres_down");
    await assert.rejects(store.prepare(ctx), { code: "PG_UNREACHABLE" });
    server.server.thaw();

    await other.sql("SELECT pg_advisory_unlock_all()");
    await prepared(store);
    await store.archive.write([item], ctx);
  });

  it("[PG-44] is closed also while it is being prepared", async () => {
    const { url, sql } = await server.database();
    await using other = await session({ url, sql });
    await other.sql(`SELECT pg_advisory_lock(${MIGRATIONS_LOCK.join()})`);
    const { store } = open({ url });
    const writing = assert.rejects(store.archive.write([item], ctx), { code: "PG_CLOSED" });

    await store.close();

    await writing;
    await assert.rejects(store.archive.write([item], ctx), { code: "PG_CLOSED" });
    await assert.rejects(store.audit.list("a", 1, ctx), coded("BARRAGE_DRAINING", "PG_CLOSED"));
    await assert.rejects(store.prepare(ctx), { code: "PG_CLOSED" });
  });
});
