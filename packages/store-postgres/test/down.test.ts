import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { HistoryAnswer } from "@barrage/engine";
import { background, isCancelled, scope, sleep } from "@barrage/kernel";
import { danmaku, placed } from "@barrage/testkit";
import { postgresError } from "../src/index.ts";
import type { PostgresOptions } from "../src/index.ts";
import type { ConnectGuard } from "../src/index.ts";
import type { OnPostgresEvent } from "../src/events.ts";
import { engineOn, ROOM } from "./support/engine-on-postgres.ts";
import type { EngineOnPostgres } from "./support/engine-on-postgres.ts";
import { session } from "./support/session.ts";
import { needsPostgres, temporaryArchive, temporaryServer } from "./support/temporary-archive.ts";
import type { Database } from "./support/temporary-archive.ts";

const ctx = background;
const KILLS = 3;
const PUBLISHERS = 4;
/** Danmaku of a round: fewer than may wait for the archive, so that the router never has to. */
const MANY = 200;

/** Every danmaku of the history, once the archiver has caught up. */
async function wholeHistory({ engine }: EngineOnPostgres): Promise<number[]> {
  const seqs: number[] = [];
  for (let after: number | undefined = 0; after !== undefined;) {
    const { page, isComplete }: HistoryAnswer = await engine.rooms.history(
      { room: ROOM, after, limit: 100 },
      ctx,
    );
    if (!isComplete) continue;
    for (const item of page.items) if (item.kind === "danmaku") seqs.push(item.seq);
    after = page.next;
  }
  return seqs;
}

/** Several publishers, each with one danmaku at a time on its way. */
async function publishMany({ publish }: EngineOnPostgres, acked: number[]): Promise<void> {
  await scope((all) => {
    for (let publisher = 0; publisher < PUBLISHERS; publisher++) {
      all.spawn(async () => {
        for (let i = 0; i < MANY / PUBLISHERS; i++) acked.push(await publish(`${publisher} ${i}`));
      });
    }
  });
}

const coded = (code: string, cause: string) => (error: unknown) => {
  const { code: own, cause: first } = error as { code?: string; cause?: { code?: string } };
  assert.deepEqual([own, first?.code], [code, cause]);
  return true;
};

describe("an archive whose PostgreSQL is down", needsPostgres(), () => {
  const server = temporaryServer();

  const live = async (options: Partial<PostgresOptions>) => {
    const made = await temporaryArchive(server, options);
    const on = await engineOn(made.archive);
    const end = async (): Promise<void> => {
      await on[Symbol.asyncDispose]();
      await made.archive.close();
    };
    return { ...on, archive: made.archive, database: made.database, [Symbol.asyncDispose]: end };
  };

  it("[PG-21] fails writes with a retryable code while it is killed, and takes them when it is back", async () => {
    await using made = await temporaryArchive(server);
    const { archive } = made;
    const item = placed("a", 1, danmaku("d1"));
    await server.server.kill();

    await assert.rejects(
      archive.write([item], ctx),
      (error: { code: string; spec: { retryable: boolean } }) => {
        assert.deepEqual([error.code, error.spec.retryable], ["PG_UNREACHABLE", true]);
        return true;
      },
    );
    await assert.rejects(archive.latest("a", 1, ctx), coded("BARRAGE_OVERLOADED", "PG_UNREACHABLE"));

    await server.server.restart();
    await archive.write([item], ctx);
    assert.deepEqual(await archive.latest("a", 9, ctx), [item.item]);
  });

  it("[PG-27] every connection is opened through the guard, which is told of each look that is answered", async () => {
    const told = { opened: 0, refused: 0, answered: 0 };
    let isOpen = false;
    const guard: ConnectGuard = {
      async connect(open, own) {
        if (isOpen) {
          told.refused += 1;
          throw postgresError("PG_UNREACHABLE", { address: "here", reason: "left alone" });
        }
        const opened = await open(own);
        told.opened += 1;
        return opened;
      },
      answered() {
        told.answered += 1;
        // As a circuit does: the look has found out that PostgreSQL is there.
        isOpen = false;
      },
    };
    const down = Promise.withResolvers<void>();
    const onEvent: OnPostgresEvent = ({ type }) => void (type === "postgres_down" && down.resolve());
    await using made = await temporaryArchive(server, { guard, onEvent, monitor: { everyMs: 50 } });
    const { archive } = made;
    await archive.write([placed("a", 1, danmaku("d1"))], ctx);
    assert.equal(told.opened > 0, true);

    await server.server.kill();
    await down.promise;
    isOpen = true;
    const { answered } = told;
    await assert.rejects(archive.latest("a", 1, ctx), coded("BARRAGE_OVERLOADED", "PG_UNREACHABLE"));
    await assert.rejects(archive.latest("a", 1, ctx), coded("BARRAGE_OVERLOADED", "PG_UNREACHABLE"));
    assert.deepEqual([told.refused > 0, told.answered], [true, answered]);

    await server.server.restart();
    while (told.answered === answered) await sleep(20, ctx);
    assert.deepEqual(
      (await archive.latest("a", 9, ctx)).map(({ seq }) => seq),
      [1],
    );
  });

  it(`[PG-21] killed ${KILLS} times under load: viewers get everything, and history has it once, in order`, async (t) => {
    await using made = await live({});
    const { viewer, archiveFails } = made;
    const acked: number[] = [];

    for (let round = 0; round < KILLS; round++) {
      await wholeHistory(made);
      const load = publishMany(made, acked);
      await viewer.got(round * MANY + MANY / 2);
      const fails = archiveFails();
      await server.server.kill();
      await load;
      // The live path goes on without it.
      await viewer.got(acked.length);
      await fails;
      await server.server.restart();
    }

    await viewer.got(acked.length);
    const expected = acked.toSorted((a, b) => a - b);
    assert.deepEqual(viewer.seqs, expected);
    assert.deepEqual(await wholeHistory(made), expected);
    await assertOnce(made.database, expected.length);
    t.diagnostic(`${expected.length} danmaku over ${KILLS} kills, none missing, none twice`);
  });

  /** What no reader would show: rows that are there twice. */
  const assertOnce = async ({ sql }: Database, count: number): Promise<void> => {
    const rows = await sql(
      "SELECT count(*)::int AS rows, count(DISTINCT seq)::int AS seqs FROM archive_item WHERE body LIKE '%\"danmaku\"%'",
    );
    assert.deepEqual(rows, [{ rows: count, seqs: count }]);
  };

  it("[PG-22] frozen: history is answered by the caller's deadline, and is whole after the thaw", async () => {
    await using made = await live({ pool: { operationMs: 2_000 } });
    const { engine, publish, archiveFails, viewer } = made;
    const first = await publish("before");
    const query = { room: ROOM, after: 0, limit: 100 };
    assert.equal((await engine.rooms.history(query, ctx)).isComplete, true);

    const fails = archiveFails();
    server.server.freeze();
    const second = await publish("meanwhile");
    await viewer.got(2);

    using impatient = ctx.cancellable({ timeout: 200 });
    await assert.rejects(engine.rooms.history(query, impatient), isCancelled);
    await fails;
    // Writing has failed by now, so reading does not wait for it; nothing is read either.
    await assert.rejects(engine.rooms.history(query, ctx), coded("BARRAGE_OVERLOADED", "PG_TIMEOUT"));

    server.server.thaw();
    assert.deepEqual(await wholeHistory(made), [first, second]);
  });

  it("[PG-22] that takes no writes: history is answered with what is there, and says that it is behind", async () => {
    await using made = await live({ pool: { lockMs: 50 }, monitor: { cancelAfterMs: false } });
    const { engine, publish, archiveFails, database } = made;
    const query = { room: ROOM, after: 0, limit: 100 };
    const first = await publish("before");
    assert.equal((await engine.rooms.history(query, ctx)).isComplete, true);

    await using holder = await session(database);
    await holder.sql("BEGIN; LOCK TABLE archive_room IN SHARE MODE");
    const fails = archiveFails();
    const second = await publish("meanwhile");
    await fails;
    const { page, isComplete } = await engine.rooms.history(query, ctx);

    assert.equal(isComplete, false);
    assert.deepEqual(
      page.items.filter(({ kind }) => kind === "danmaku").map(({ seq }) => seq),
      [first],
    );
    await holder.sql("COMMIT");
    assert.deepEqual(await wholeHistory(made), [first, second]);
  });
});
