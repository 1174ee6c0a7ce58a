import { sleep } from "@barrage/kernel";
import type { Context } from "@barrage/kernel";
import { isRetryable } from "@barrage/protocol";
import type { EngineEvent, RouterCounts } from "../events.ts";
import type { ArchivedItem, Batch, DanmakuLog, Feed, Head, LogRecord, RecentWindow } from "../ports/index.ts";
import type { Progress } from "../progress.ts";
import type { Rooms } from "../room/rooms.ts";
import { emptyRoom } from "../room/state.ts";
import type { Tracing } from "../tracing/tracing.ts";
import type { Archiver } from "./archiver.ts";
import type { Judges } from "./judges.ts";
import { Publishing, RETRY_MS } from "./publishing.ts";
import type { Recovery } from "./recovery.ts";

export interface RouterParts {
  readonly log: DanmakuLog;
  readonly window: RecentWindow;
  readonly feed: Feed;
  readonly rooms: Rooms;
  readonly archiver: Archiver;
  readonly judges: Judges;
  readonly recovery: Recovery;
  readonly totals: RouterCounts;
  readonly onEvent: (event: EngineEvent) => void;
  /** A busy room's flush window now, ms. */
  readonly windowMs: (room: string) => number;
  readonly tracing?: Tracing | undefined;
}

/**
 * Follows the log, folds each record into its room, and publishes each room's records in batches.
 *
 * Shape      two tasks: `follow` folds, `flush` publishes; only `flush` waits for window and feed.
 */
export class Router {
  private readonly parts: RouterParts;
  private readonly publishing: Publishing;
  private failure: string | undefined;

  constructor(parts: RouterParts) {
    this.parts = parts;
    const { rooms, window, feed, judges, totals, onEvent, windowMs, tracing } = parts;
    const refill = (batch: Batch, _: unknown, ctx: Context) => this.rewind(batch, ctx);
    const told = { totals, onEvent, windowMs, tracing };
    this.publishing = new Publishing({ window, feed, judges, ...told, refill, startSeq: rooms.seq });
  }

  get folded(): Progress {
    return this.publishing.folded;
  }

  /** How far records have been handed to the feed. */
  get published(): Progress {
    return this.publishing.published;
  }

  /** Why nothing of the log is folded now; undefined while it is. */
  get trouble(): string | undefined {
    return this.failure;
  }

  /** Folds the log until `ctx` is cancelled. One that cannot be read is read again in a while, from there (DL-53). */
  async follow(ctx: Context): Promise<void> {
    for (;;) {
      try {
        if (this.failure !== undefined) await this.parts.log.read(this.folded.seq, 1, ctx);
        this.failure = undefined;
        return await this.foldAll(ctx);
      } catch (error) {
        ctx.throwIfCancelled();
        this.failure = `the router stands still: ${error instanceof Error ? error.message : String(error)}`;
        if (!isRetryable(error)) throw error;
        this.parts.onEvent({ type: "log_failed", error });
        await sleep(RETRY_MS, ctx);
      }
    }
  }

  private async foldAll(ctx: Context): Promise<void> {
    const { log, archiver, rooms } = this.parts;
    for await (const records of log.follow(this.folded.seq, ctx)) {
      const last = records.at(-1);
      if (last === undefined) continue;
      const backlog = archiver.fullBacklog();
      const archived: ArchivedItem[] = [];
      for (const record of records) {
        backlog?.note(record.room, rooms.get(record.room));
        this.fold(record, archived);
      }
      archiver.accept(last.seq, archived);
      this.publishing.reached(last.seq);
    }
  }

  /** Publishes what is folded, until `ctx` is cancelled. */
  flush(ctx: Context): Promise<void> {
    return this.publishing.flush(ctx);
  }

  /** The last record of a room that window and feed have; what comes after is still pending. */
  publishedHead(room: string): Head {
    return this.publishing.headOf(room) ?? this.parts.rooms.get(room)?.head ?? { seq: 0, n: 0 };
  }

  /** Records per room since the last call. */
  takeCounts(): ReadonlyMap<string, number> {
    return this.publishing.takeCounts();
  }

  private fold(record: LogRecord, archived: ArchivedItem[]): void {
    const { rooms, totals, onEvent } = this.parts;
    const before = rooms.get(record.room) ?? emptyRoom(record.room);
    const applied = rooms.fold(record);
    if (applied.outcome === "dropped") {
      totals.muted += 1;
      this.publishing.drop(before);
      return;
    }
    archived.push({ room: record.room, item: applied.item });
    if (applied.outcome === "archived") return;
    this.publishing.add(before, applied);
    const { entry } = record;
    if (entry.kind === "room-event")
      onEvent({ type: "room_changed", room: record.room, event: entry.event.type });
  }

  /** The window lost writes: the room is filled again from the archive, up to where this batch begins. */
  private async rewind(batch: Batch, ctx: Context): Promise<void> {
    const { window, archiver, recovery } = this.parts;
    const n = (batch.items[0]?.n ?? 1) - 1;
    await archiver.reach(batch.prev, ctx);
    const { items, before } = await recovery.contents(batch.room, batch.prev, ctx);
    await window.open(batch.room, { seq: batch.prev, n, before }, items, ctx);
  }
}
