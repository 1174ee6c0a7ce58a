import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { describe, it } from "node:test";
import { background, rootContext } from "@barrage/kernel";
import { danmaku, FakeClock } from "@barrage/testkit";
import { openSqliteStore } from "../../src/index.ts";
import type { SqliteLog } from "../../src/index.ts";
import type { LogOperations } from "../../src/log/log-operations.ts";
import { SqliteLog as Log } from "../../src/log/sqlite-log.ts";
import { DatabaseThread } from "../../src/thread/database-thread.ts";
import { because } from "../support/causes.ts";
import { temporaryFolder, temporaryStore } from "../support/temporary-store.ts";

const ctx = background;
const LIMITS = { maxAppends: 1_000, maxBytes: 10_000_000, maxGroup: 8, followerMax: 100 };
const NO_BOUND = Number.MAX_SAFE_INTEGER;

const big = (id: string) => ({ room: "a", entry: danmaku(id, { content: `${id} ${"x".repeat(20_000)}` }) });

/** Appends until the disk is full; the ids that were answered, and the error that ended it. */
async function fill(log: SqliteLog): Promise<{ readonly acked: readonly string[]; readonly error: unknown }> {
  const acked: string[] = [];
  for (;;) {
    try {
      acked.push((await log.append(big(`d${acked.length}`), ctx)).id);
    } catch (error) {
      return { acked, error };
    }
  }
}

/** What the thread was asked before has been answered once this has. */
const answered = (log: SqliteLog) => log.settings(ctx);

describe("SqliteLog on a disk that fails", () => {
  it("[LG-31] stops taking appends when the file is full, says why, and keeps what was answered", async () => {
    await using made = await temporaryStore({ logLimitBytes: 1_000_000 });
    const { log } = made.store;

    const { acked, error } = await fill(log);

    assert.equal(acked.length > 10, true);
    assert.deepEqual(
      [(error as { code: string }).code, (error as { cause: { code: string } }).cause.code],
      ["BARRAGE_LOG_UNAVAILABLE", "STORE_DISK_FULL"],
    );
    assert.match(log.stats.failed ?? "", /no space left for .*danmaku\.db \(.+\)\. Free some/);
    await assert.rejects(log.append({ room: "a", entry: danmaku("small") }, ctx), {
      code: "BARRAGE_LOG_UNAVAILABLE",
    });
    assert.deepEqual(
      (await log.read(0, 999, ctx)).map(({ entry }) => entry.id),
      acked,
    );
    assert.equal(log.stats.queued, 0);
  });

  it("[LG-31] fails all that wait, each once, and none of them is half there", async () => {
    await using made = await temporaryStore({ logLimitBytes: 1_000_000, maxGroup: 4 });
    const { log } = made.store;

    const all = await Promise.allSettled(
      Array.from({ length: 200 }, (_, i) => log.append(big(`d${i}`), ctx)),
    );

    const acked = all.flatMap((each) => (each.status === "fulfilled" ? [each.value.id] : []));
    const codes = all.flatMap((each) => (each.status === "rejected" ? [String(each.reason.code)] : []));
    assert.deepEqual(new Set(codes), new Set(["BARRAGE_LOG_UNAVAILABLE"]));
    assert.equal(acked.length + codes.length, 200);
    assert.deepEqual(
      (await log.read(0, 999, ctx)).map(({ entry }) => entry.id),
      acked,
    );
  });

  it("[LG-32] takes appends again after 1 s, 2 s, 4 s ... once there is space", async () => {
    const clock = new FakeClock();
    await using made = await temporaryStore({ logLimitBytes: 1_000_000 }, rootContext({ clock }));
    const { log } = made.store;
    const { acked } = await fill(log);

    for (const pause of [1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000]) {
      assert.equal(clock.nextTimer, clock.now() + pause);
      await clock.advance(pause);
      await answered(log);
      await clock.advance(0);
      assert.equal(typeof log.stats.failed, "string");
    }
    assert.equal(await log.erase("u1", ctx), acked.length);
    await clock.advance(30_000);
    await answered(log);
    await clock.advance(0);

    assert.equal(log.stats.failed, undefined);
    assert.equal(clock.pendingTimers, 0);
    assert.equal((await log.append(big("after"), ctx)).status, "appended");
  });

  it("[LG-32] takes appends again when retention has made space", async () => {
    await using made = await temporaryStore({ logLimitBytes: 1_000_000 });
    const { log } = made.store;
    const { acked } = await fill(log);

    const { records } = await log.retain(
      { before: 0, keysBefore: 0, maxBytes: 500_000 },
      log.stats.head,
      ctx,
    );

    assert.equal(records > 0 && records <= acked.length, true);
    assert.equal(log.stats.failed, undefined);
    assert.equal((await log.append({ room: "a", entry: danmaku("after") }, ctx)).status, "appended");
  });

  it("[LG-31, LG-32] survives a file system without space", needsMount(), async () => {
    using folder = temporaryFolder();
    const dir = join(folder.path, "small");
    mkdirSync(dir);
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=4m", "tmpfs", dir]);
    try {
      const clock = new FakeClock();
      const store = await openSqliteStore({ dir }, rootContext({ clock }));
      const { log } = store;
      writeFileSync(join(dir, "ballast"), Buffer.alloc(1_500_000));
      const { acked, error } = await fill(log);
      assert.equal((error as { cause: { code: string } }).cause.code, "STORE_DISK_FULL");
      assert.equal(acked.length > 10, true);
      await clock.advance(1_000);
      await answered(log);
      assert.equal(typeof log.stats.failed, "string");

      rmSync(join(dir, "ballast"));
      await clock.advance(2_000);
      await answered(log);
      await clock.advance(0);
      assert.equal(log.stats.failed, undefined);
      assert.equal((await log.append(big("after"), ctx)).status, "appended");
      await store.close();

      const opened = await openSqliteStore({ dir });
      const ids = (await opened.log.read(0, 999, ctx)).map(({ entry }) => entry.id);
      await opened.close();
      assert.deepEqual(ids, [...acked, "after"]);
      const db = new DatabaseSync(join(dir, "danmaku.db"));
      assert.deepEqual({ ...db.prepare("PRAGMA integrity_check").get() }, { integrity_check: "ok" });
      db.close();
    } finally {
      execFileSync("umount", [dir]);
    }
  });

  it("[LG-33] fails what waits when its thread dies, ends its followers, and loses nothing that was answered", async () => {
    using folder = temporaryFolder();
    const path = join(folder.path, "danmaku.db");
    const thread = await DatabaseThread.open<LogOperations>("log/log-worker", {
      path,
      checkUpToBytes: 1,
      heldMax: 1,
    } as { path: string });
    const log = await Log.open(thread, LIMITS, ctx);
    const first = await log.append(big("d0"), ctx);
    const following = log.follow("seq" in first ? first.seq : 0, ctx)[Symbol.asyncIterator]();
    const waiting = following.next();
    const appending = Array.from({ length: 100 }, (_, i) => log.append(big(`e${i}`), ctx));

    const settled = Promise.allSettled([...appending, waiting]);
    await thread.kill();

    const outcomes = await settled;
    const acked = outcomes.slice(0, 100).flatMap((each) => (each.status === "fulfilled" ? [each.value] : []));
    for (const each of outcomes.slice(0, 100)) {
      if (each.status === "rejected") assert.equal(each.reason.code, "BARRAGE_LOG_UNAVAILABLE");
    }
    if (acked.length > 0) await assert.rejects(following.next(), { code: "BARRAGE_LOG_UNAVAILABLE" });
    else assert.equal((outcomes[100] as PromiseRejectedResult).reason.code, "BARRAGE_LOG_UNAVAILABLE");
    assert.match(log.stats.failed ?? "", /thread that writes .*danmaku\.db ended unasked .*Restart/);
    await assert.rejects(log.append(big("late"), ctx), { code: "BARRAGE_LOG_UNAVAILABLE" });
    await assert.rejects(log.read(0, 1, ctx), because("BARRAGE_LOG_UNAVAILABLE", "STORE_THREAD_DIED"));
    await log.close();
    const store = await openSqliteStore({ dir: folder.path });
    const ids = new Set((await store.log.read(0, 999, ctx)).map(({ entry }) => entry.id));
    await store.close();
    assert.deepEqual(
      ["d0", ...acked.map((each) => each?.["id" as never])].filter((id) => !ids.has(id)),
      [],
    );
  });

  it("[LG-31] one append that SQLite refuses fails, and the log goes on", async () => {
    await using made = await temporaryStore();
    const { log } = made.store;

    await assert.rejects(log.append({ room: "a", entry: danmaku("d1", { at: Number.NaN }) }, ctx), {
      code: "BARRAGE_LOG_UNAVAILABLE",
    });

    assert.equal(log.stats.failed, undefined);
    assert.equal((await log.append({ room: "a", entry: danmaku("d2") }, ctx)).status, "appended");
    assert.equal((await log.retain({ before: 0, keysBefore: 0, maxBytes: NO_BOUND }, 9, ctx)).records, 0);
  });
});

function needsMount(): { skip?: string } {
  return process.platform === "linux" && process.getuid?.() === 0
    ? {}
    : { skip: "needs root, to mount a small disk" };
}
