import { after, Channel, isCancelled, recv, select, sleep } from "@barrage/kernel";
import type { CancellableContext, Context } from "@barrage/kernel";
import { Progress } from "../progress.ts";
import type { EngineEvent } from "../events.ts";
import type { Archive, ArchivedItem } from "../ports/index.ts";

/** What the router hands over: the items of some records, and how far in the log they go (some records make none). */
interface Handover {
  readonly upTo: number;
  readonly items: readonly ArchivedItem[];
}

/** Handovers that wait. When the archive stands still the router waits too, and the log keeps everything meanwhile. */
const WAITING_HANDOVERS = 256;
/** Items of one transaction: large enough that one fsync is cheap for each, small enough that readers are not held up. */
const ITEMS_PER_WRITE = 2_000;
/** Time, ms, for more to gather after a write: one fsync for many batches leaves the disk to the log. Who waits does not wait for it. */
const GATHER_MS = 100;
/** Pause after a failed write; the archive's disk is not helped by trying faster. */
const RETRY_MS = 1_000;

/** Writes folded records to the archive, in order, as many at once as have gathered. */
export class Archiver {
  private readonly waiting = new Channel<Handover>(WAITING_HANDOVERS, { name: "archive" });
  private readonly archive: Archive;
  private readonly onEvent: (event: EngineEvent) => void;
  private readonly hurry = new Channel<undefined>(1, { name: "archive soon" });
  private readonly written: Progress;
  private isFailing = false;
  /** Waits that end when a write fails. */
  private readonly patient = new Set<CancellableContext>();

  constructor(archive: Archive, startSeq: number, onEvent: (event: EngineEvent) => void) {
    this.archive = archive;
    this.onEvent = onEvent;
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

  async accept(upTo: number, items: readonly ArchivedItem[], ctx: Context): Promise<void> {
    await this.waiting.send({ upTo, items }, ctx);
  }

  /** Runs until `finish` and everything accepted is written, or until cancelled. */
  async run(ctx: Context): Promise<void> {
    for (;;) {
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
    for (;;) {
      try {
        await this.archive.write(items, ctx);
        this.isFailing = false;
        return;
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
