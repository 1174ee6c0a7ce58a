import { after, Channel, isCancelled, recv, select, sleep } from "@barrage/kernel";
import type { CancellableContext, Context } from "@barrage/kernel";
import { Progress } from "../progress.ts";
import type { EngineEvent } from "../events.ts";
import type { Archive, ArchivedItem, LogPartition, LogRecord } from "../ports/index.ts";
import { Backlog } from "./backlog.ts";

export interface ArchiverParts {
  readonly archive: Archive;
  readonly log: Pick<LogPartition, "read">;
  /** seq up to which everything is in the archive. */
  readonly startSeq: number;
  readonly onEvent: (event: EngineEvent) => void;
}

/** What the router hands over: the items of some records, and how far in the log they go (some records make none). */
interface Handover {
  readonly upTo: number;
  readonly items: readonly ArchivedItem[];
}

/** Handovers that wait. What comes while there are so many is read from the log again: viewers do not wait for the archive. */
const WAITING_HANDOVERS = 256;
/** Items of one transaction: large enough that one fsync is cheap for each, small enough that readers are not held up. */
const ITEMS_PER_WRITE = 2_000;
/** Time, ms, for more to gather after a write: one fsync for many batches leaves the disk to the log. Who waits does not wait for it. */
const GATHER_MS = 100;
/** Pause after a failed write; the archive's disk is not helped by trying faster. */
const RETRY_MS = 1_000;

/**
 * Writes folded records to the archive, in order, as many at once as have gathered.
 *
 * Bounds     WAITING_HANDOVERS; while there are so many, a `Backlog` stands for what comes after them.
 */
export class Archiver {
  private readonly waiting = new Channel<Handover>(WAITING_HANDOVERS, { name: "archive" });
  private readonly archive: Archive;
  private readonly log: Pick<LogPartition, "read">;
  private readonly onEvent: (event: EngineEvent) => void;
  private readonly hurry = new Channel<undefined>(1, { name: "archive soon" });
  private readonly written: Progress;
  private isFailing = false;
  private backlog: Backlog | undefined;
  /** seq up to which the router has handed over, or noted in the backlog. */
  private accepted: number;
  /** Waits that end when a write fails. */
  private readonly patient = new Set<CancellableContext>();

  constructor({ archive, log, startSeq, onEvent }: ArchiverParts) {
    this.archive = archive;
    this.log = log;
    this.onEvent = onEvent;
    this.accepted = startSeq;
    this.written = new Progress(startSeq);
  }

  /** seq up to which everything is written. */
  get seq(): number {
    return this.written.seq;
  }

  /** Resolves once the records up to `seq` are written; writes what has gathered at once. */
  async reach(seq: number, ctx: Context): Promise<void> {
    if (seq > this.written.seq && !this.hurry.closed) this.hurryUp();
    await this.written.wait(seq, ctx);
  }

  /** As `reach`, but false as soon as a write fails, and at once while writes fail. */
  async reachUnlessFailing(seq: number, ctx: Context): Promise<boolean> {
    if (this.isFailing) return seq <= this.written.seq;
    using wait = ctx.cancellable({ name: "history" });
    this.patient.add(wait);
    try {
      await this.reach(seq, wait);
      return true;
    } catch (error) {
      ctx.throwIfCancelled();
      if (!isCancelled(error)) throw error;
      return false;
    } finally {
      this.patient.delete(wait);
    }
  }

  /** Before records are folded: where to note their rooms, when there is no place for what they come to. */
  fullBacklog(): Backlog | undefined {
    if (this.backlog === undefined && this.waiting.length < WAITING_HANDOVERS) return undefined;
    return (this.backlog ??= new Backlog(this.accepted));
  }

  /** What the records up to `upTo` come to; with a backlog, which was asked for just before, only how far they go. */
  accept(upTo: number, items: readonly ArchivedItem[]): void {
    this.accepted = upTo;
    if (this.backlog !== undefined) this.backlog.to = upTo;
    else if (!this.waiting.trySend({ upTo, items }))
      throw new RangeError("the archiver was not asked for its backlog");
  }

  /** Runs until `finish` and everything accepted is written, or until cancelled. */
  async run(ctx: Context): Promise<void> {
    for (;;) {
      if (this.backlog !== undefined && this.waiting.length === 0) await this.catchUp(this.backlog, ctx);
      const first = await this.waiting.receive(ctx);
      if (first.done === true) return;
      const items = [...first.value.items];
      let { upTo } = first.value;
      while (items.length < ITEMS_PER_WRITE) {
        const more = this.waiting.tryReceive();
        if (more === undefined || more.done === true) break;
        items.push(...more.value.items);
        upTo = more.value.upTo;
      }
      if (items.length > 0) await this.writeUntilDone(items, ctx);
      this.written.reached(upTo);
      await select({ soon: recv(this.hurry), gathered: after(GATHER_MS) }, ctx);
    }
  }

  /** Reads the log again until there is nothing that the router did not hand over; from then on it does. */
  private async catchUp(backlog: Backlog, ctx: Context): Promise<void> {
    while (backlog.from < backlog.to) {
      const records = await this.readUntilDone(backlog.from, ctx);
      const range = records.filter(({ seq }) => seq <= backlog.to);
      const items = backlog.fold(range);
      if (items.length > 0) await this.writeUntilDone(items, ctx);
      // The log has nothing of the range that it does not give: what is not there was deleted.
      backlog.from = range.at(-1)?.seq ?? backlog.to;
      this.written.reached(backlog.from);
    }
    this.backlog = undefined;
  }

  private hurryUp(): void {
    // Full means that somebody has asked already.
    void this.hurry.trySend(undefined);
  }

  /** No more will come; `run` ends when the rest is written. */
  finish(): void {
    this.waiting.close();
    this.hurry.close();
  }

  private async writeUntilDone(items: readonly ArchivedItem[], ctx: Context): Promise<void> {
    await this.untilDone(() => this.archive.write(items, ctx), ctx);
    this.isFailing = false;
  }

  private readUntilDone(after: number, ctx: Context): Promise<readonly LogRecord[]> {
    return this.untilDone(() => this.log.read(after, ITEMS_PER_WRITE, ctx), ctx);
  }

  private async untilDone<T>(attempt: () => Promise<T>, ctx: Context): Promise<T> {
    for (;;) {
      try {
        return await attempt();
      } catch (error) {
        if (isCancelled(error) || ctx.cancelled) throw error;
        this.isFailing = true;
        for (const wait of this.patient) wait.cancel();
        this.onEvent({ type: "archive_failed", error });
        await sleep(RETRY_MS, ctx);
      }
    }
  }
}
