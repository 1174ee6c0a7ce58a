import assert from "node:assert/strict";
import { it } from "node:test";
import type { DanmakuLog, LogRecord } from "@barrage/engine";
import { background } from "@barrage/kernel";
import type { Context } from "@barrage/kernel";
import { danmaku } from "./entries.ts";
import type { MakeLog } from "./log-under-test.ts";

const ctx = background;

const append = (log: DanmakuLog, count: number, prefix = "d"): Promise<unknown> =>
  Promise.all(
    Array.from({ length: count }, (_, i) => log.append({ room: "a", entry: danmaku(`${prefix}${i}`) }, ctx)),
  );

/** Follows until `count` records have come. */
async function collect(log: DanmakuLog, after: number, count: number, ctx: Context): Promise<LogRecord[]> {
  const records: LogRecord[] = [];
  for await (const some of log.follow(after, ctx)) {
    records.push(...some);
    if (records.length >= count) break;
  }
  return records;
}

/** What every log promises those who follow it. */
export function followContract(makeLog: MakeLog): void {
  it("[LG-14] gives what is there, then what comes, once and in order", async () => {
    await using made = await makeLog();
    const { log } = made;
    await append(log, 700, "old");

    const following = collect(log, 0, 1_400, ctx);
    await append(log, 700, "new");

    const got = await following;
    assert.deepEqual(got, await log.read(0, 2_000, ctx));
  });

  it("[LG-14] starts after the place asked for", async () => {
    await using made = await makeLog();
    const { log } = made;
    await append(log, 10);
    const all = await log.read(0, 10, ctx);

    assert.deepEqual(await collect(log, all[6]!.seq, 3, ctx), all.slice(7));
  });

  it("[LG-14] serves many followers from different places while appends go on", async () => {
    await using made = await makeLog();
    const { log } = made;
    await append(log, 50, "old");
    const starts = (await log.read(0, 50, ctx)).map(({ seq }) => seq);

    const appending = append(log, 200, "new");
    const got = await Promise.all(starts.map((after, i) => collect(log, after, 249 - i, ctx)));
    await appending;

    const all = await log.read(0, 500, ctx);
    for (const [i, records] of got.entries()) assert.deepEqual(records, all.slice(i + 1));
  });

  it("[LG-14] ends with the cancel error, caught up or not", async () => {
    await using made = await makeLog();
    const { log } = made;
    await append(log, 3);
    const own = ctx.cancellable();
    const iterator = log.follow(0, own)[Symbol.asyncIterator]();
    assert.equal((await iterator.next()).value.length, 3);

    const waiting = iterator.next();
    own.cancel();

    await assert.rejects(waiting, { code: "KERNEL_CANCELLED" });
    await assert.rejects(log.follow(0, own)[Symbol.asyncIterator]().next(), { code: "KERNEL_CANCELLED" });
  });

  it("[LG-15] waits for no slow follower, and the slow one misses nothing", async () => {
    await using made = await makeLog();
    const { log } = made;
    await append(log, 1, "first");
    const slow = log.follow(0, ctx)[Symbol.asyncIterator]();
    const records: LogRecord[] = [...(await slow.next()).value];

    for (let i = 0; i < 10; i++) await append(log, 1_000, `d${i}-`);
    while (records.length < 10_001) records.push(...(await slow.next()).value);
    await slow.return?.();

    const seqs = records.map(({ seq }) => seq);
    assert.equal(new Set(seqs).size, 10_001);
    assert.deepEqual(
      seqs.toSorted((x, y) => x - y),
      seqs,
    );
    assert.equal(seqs.at(-1), log.stats.head);
  });

  it("[LG-16] remembers what each consumer committed last", async () => {
    await using made = await makeLog();
    const { log } = made;

    await append(log, 9);
    const seqs = (await log.read(0, 9, ctx)).map(({ seq }) => seq);

    assert.equal(await log.committed("router", ctx), 0);
    await log.commit("router", seqs[4]!, ctx);
    await log.commit("archiver", seqs[2]!, ctx);
    await log.commit("router", seqs[8]!, ctx);

    assert.equal(await log.committed("router", ctx), seqs[8]);
    assert.equal(await log.committed("archiver", ctx), seqs[2]);
  });
}
