import type { Archive, ArchivedItem, HistoryPage, HistoryQuery } from "@barrage/engine";
import type { Context } from "@barrage/kernel";
import type { Item } from "@barrage/protocol";
import { rowLimit } from "../database/row-limit.ts";
import type { DatabaseThread } from "../thread/database-thread.ts";
import { ask } from "../thread/ask.ts";
import type { ArchiveOperations } from "./archive-operations.ts";
import type { ItemColumns } from "./archive-writer.ts";

/**
 * History of all rooms on one SQLite file with a thread of its own, so that a long page never holds up an append.
 *
 * Cost       a page is found by index, however long the room's history is.
 * Errors     STORE_ codes; a write that failed may be repeated, it counts once.
 */
export class SqliteArchive implements Archive {
  private readonly thread: DatabaseThread<ArchiveOperations>;

  constructor(thread: DatabaseThread<ArchiveOperations>) {
    this.thread = thread;
  }

  async write(items: readonly ArchivedItem[], ctx: Context): Promise<void> {
    ctx.throwIfCancelled();
    if (items.length > 0) await ask(this.thread.call("write", toColumns(items)), ctx);
  }

  async query(query: HistoryQuery, ctx: Context): Promise<HistoryPage> {
    const { room, from, to, after, limit, onlyKept = false } = query;
    const range = { room, from: from ?? null, to: to ?? null, after, limit, onlyKept };
    const bodies = await ask(this.thread.call("query", range), ctx);
    const items = bodies.slice(0, rowLimit(limit)).map(toItem);
    const last = items.at(-1);
    return bodies.length > items.length && last !== undefined ? { items, next: last.seq } : { items };
  }

  async latest(room: string, limit: number, ctx: Context): Promise<readonly Item[]> {
    const bodies = await ask(this.thread.call("latest", room, limit), ctx);
    return bodies.map(toItem).reverse();
  }

  async find(room: string, id: string, ctx: Context): Promise<Item | undefined> {
    const body = await ask(this.thread.call("find", room, id), ctx);
    return body === null ? undefined : toItem(body);
  }

  async erase(uid: string, ctx: Context): Promise<readonly string[]> {
    const rooms = await ask(this.thread.call("roomsOf", uid), ctx);
    while ((await ask(this.thread.call("eraseStep", uid), ctx)) > 0) ctx.throwIfCancelled();
    await ask(this.thread.call("emptyWal"), ctx);
    return rooms;
  }

  async retain(
    policy: { readonly before: number; readonly maxBytes: number },
    ctx: Context,
  ): Promise<number> {
    const step = () => ask(this.thread.call("retainStep", policy.before, policy.maxBytes), ctx);
    let total = 0;
    for (let deleted = await step(); deleted > 0; deleted = await step()) total += deleted;
    while (await ask(this.thread.call("shrinkStep"), ctx)) ctx.throwIfCancelled();
    return total;
  }

  close(): Promise<void> {
    return this.thread.close();
  }
}

// oxlint-disable-next-line barrage/as-on-foreign-data -- our own file: its format's version was checked when it was opened
const toItem = (body: string): Item => JSON.parse(body) as Item;

function toColumns(items: readonly ArchivedItem[]): ItemColumns {
  const targets = items.map(({ item }) => (item.kind === "recall" ? item.target : undefined));
  return {
    seq: items.map(({ item }) => item.seq),
    room: items.map(({ room }) => room),
    at: items.map(({ item }) => item.at),
    uid: items.map(({ item }) => item.author.uid),
    id: items.map(({ item }) => item.id),
    body: items.map(({ item }) => JSON.stringify(item)),
    recallId: targets.map((target) => (target !== undefined && "id" in target ? target.id : null)),
    recallUid: targets.map((target) => (target !== undefined && "uid" in target ? target.uid : null)),
  };
}
