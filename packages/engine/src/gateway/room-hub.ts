import type { Batch, Head } from "../ports/index.ts";
import { Progress } from "../progress.ts";
import type { EncodedBatch } from "./encoded-batch.ts";
import { addLedger, noRecords } from "./ledger.ts";
import type { LedgerSum } from "./ledger.ts";
import { Outage } from "./outage.ts";
import type { Viewer } from "./viewer.ts";

/** A batch on its way to the viewers of its room, some of whom have it already. */
export interface Handing {
  readonly source: Batch;
  readonly batch: EncodedBatch;
  /** The viewers in the order in which they came; stands where the last slice ended. */
  readonly viewers: Iterable<Viewer>;
  /** Place of the last viewer who was there when it began; who came later finds the batch in the snapshot. */
  readonly lastPlace: number;
  /** Place of the viewer who was handed it last. */
  cursor: number;
}

/** A lost batch is being read from the window. */
export interface Filling {
  /** The highest seq that the feed has shown meanwhile. */
  wanted: number;
  /** The window has to be read once more: what the feed brought while it was read may have been lost. */
  mustReadAgain: boolean;
}

/** Records of a room, as far as they are the same for all its viewers. */
export interface RoomCounts {
  readonly published: number;
  readonly muted: number;
  readonly sampled: number;
  readonly merged: number;
  readonly duplicate: number;
}

/** The viewers that this process has in one room, and the batches on their way to them. */
export class RoomHub {
  readonly room: string;
  /** Who is subscribed, in the order of their places. */
  readonly viewers = new Set<Viewer>();
  /** Closed, but the socket has not ended: what it holds may still arrive. */
  readonly leaving = new Set<Viewer>();
  /** seq of the last batch that was accepted; undefined before the first batch or snapshot. */
  last: number | undefined;
  /** Ordinal of that batch's last record; undefined where it is not known. */
  lastN: number | undefined;
  /** seq of the last batch that changed the room itself, or of where it was begun here: what lies before was not seen. */
  changedAt = 0;
  /** Its window and feed, as those who join find them. */
  readonly outage = new Outage();
  filling: Filling | undefined;
  /** While `last` is being found out; rejects where it cannot be. */
  starting: Promise<void> | undefined;
  /** Accepted, not yet begun. */
  readonly queue: Batch[] = [];
  handing: Handing | undefined;
  /** Batches of which nobody is shown anything: they go with the next one, or by themselves once somebody waits for them. */
  silent: Batch | undefined;
  mustTell = false;
  /** How far every viewer has been handed what was accepted. */
  readonly handed = new Progress();
  /** The count that viewers were told last, and when (`clock.now()`). */
  told: { readonly viewers: number; readonly at: number } = { viewers: -1, at: Number.NEGATIVE_INFINITY };
  /** Records since the room has viewers here; a viewer's own share is the difference to when it came. */
  published = 0;
  muted = 0;
  sampled = 0;
  merged = 0;
  duplicate = 0;
  private places = 0;
  private readonly ended = noRecords();

  constructor(room: string) {
    this.room = room;
  }

  get isBusy(): boolean {
    const tells = this.mustTell && this.silent !== undefined;
    return this.handing !== undefined || this.queue.length > 0 || tells;
  }

  /** Where the chain stands for who is here; undefined where that is not known. */
  get stand(): Head | undefined {
    return this.last === undefined || this.lastN === undefined
      ? undefined
      : { seq: this.last, n: this.lastN };
  }

  countsNow(): RoomCounts {
    const { published, muted, sampled, merged, duplicate } = this;
    return { published, muted, sampled, merged, duplicate };
  }

  get isDeserted(): boolean {
    return this.viewers.size === 0 && this.leaving.size === 0;
  }

  /** Subscribes the viewer; answers its place. */
  add(viewer: Viewer): number {
    this.viewers.add(viewer);
    return ++this.places;
  }

  get lastPlace(): number {
    return this.places;
  }

  /** As `startAt`, unless a batch came meanwhile. */
  startUnlessKnown(seq: number, n: number): void {
    if (this.last === undefined) this.startAt(seq, n);
  }

  /** Where the chain stands, before any batch. */
  startAt(seq: number, n: number | undefined): void {
    this.last = seq;
    this.lastN = n;
    this.changedAt = seq;
    this.handed.reached(seq);
  }

  /** seq up to which every viewer has been sent everything; undefined while one waits for its snapshot, or nobody is here. */
  sentUpTo(): number | undefined {
    let lowest: number | undefined;
    for (const { sentUpTo } of this.viewers) {
      if (sentUpTo === undefined) return undefined;
      lowest = Math.min(lowest ?? sentUpTo, sentUpTo);
    }
    return lowest;
  }

  /** Records of the batch under way that the viewer at `place` has not been handed yet. */
  pendingAt(place: number): number {
    const { handing } = this;
    if (handing === undefined || place <= handing.cursor || place > handing.lastPlace) return 0;
    return handing.batch.total;
  }

  /** A viewer's socket has ended. */
  end(viewer: Viewer): void {
    this.viewers.delete(viewer);
    this.leaving.delete(viewer);
    viewer.addTo(this.ended);
  }

  *connections(): Iterable<Viewer> {
    yield* this.viewers;
    yield* this.leaving;
  }

  /** Adds everybody who is or was here. */
  addTo(sum: LedgerSum): void {
    addLedger(sum, this.ended);
    for (const viewer of this.viewers) viewer.addTo(sum);
    for (const viewer of this.leaving) viewer.addTo(sum);
  }
}
