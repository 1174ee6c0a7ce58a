import { isCancelled, sleep } from "@barrage/kernel";
import type { Context } from "@barrage/kernel";
import { BarrageError, CLOSE } from "@barrage/protocol";
import type { EngineEvent } from "../events.ts";
import type { Batch, RecentWindow, WindowSlice } from "../ports/index.ts";
import { partsOf } from "../room/batch-parts.ts";
import { beginBatchStep } from "../tracing/batch-step.ts";
import type { BatchStep } from "../tracing/batch-step.ts";
import type { Tracing } from "../tracing/tracing.ts";
import { HandingOver } from "./handing-over.ts";
import type { FanOutWork, ProcessMeter } from "./meter.ts";
import { pastOf } from "./passages.ts";
import type { Passage } from "./passages.ts";
import { reachOf } from "./reach.ts";
import type { Filling, RoomHub } from "./room-hub.ts";

export interface FanOutParts {
  readonly window: Pick<RecentWindow, "read">;
  readonly meter: ProcessMeter;
  readonly onEvent: (event: EngineEvent) => void;
  readonly spawn: (name: string, body: (ctx: Context) => Promise<void>) => void;
  readonly wall: () => number;
  readonly tracing?: Tracing | undefined;
}

/** Batches of a room that wait for the one under way; what comes beyond is read from the window when they are done. */
const BATCHES_WAITING = 16;

/** Pause after a window that could not be read, ms. */
const FILL_AGAIN_MS = 250;

/** Asked while the window was read. */
const wantsAgain = ({ again }: Filling): boolean => again;

/** Hands each batch of the feed to the viewers of its room: in order, nothing twice, a lost one read from the window. */
export class FanOut {
  private readonly parts: FanOutParts;
  private readonly handingOver: HandingOver;
  /** Of batches with traced records, until they are handed over. */
  private readonly steps = new WeakMap<Batch, BatchStep>();
  /** Batches that arrived twice. */
  duplicates = 0;

  constructor(parts: FanOutParts) {
    this.parts = parts;
    this.handingOver = new HandingOver(parts.meter, (hub, batch) => this.handed(hub, batch));
    parts.spawn("fan-out", (ctx) => this.handingOver.run(ctx));
  }

  get work(): FanOutWork {
    return this.handingOver.work;
  }

  /** A connection came: the next may wait already. */
  arrived(): void {
    this.handingOver.arrived();
  }

  /** A batch arrived. Duplicates are dropped by seq; a batch that does not follow the last one shows a loss. */
  accept(hub: RoomHub, batch: Batch): void {
    if (hub.filling !== undefined) {
      // Written to the window before it was published, so the fill finds it there.
      hub.filling.wanted = Math.max(hub.filling.wanted, batch.seq);
      return;
    }
    if (hub.last !== undefined && batch.seq <= hub.last) {
      this.duplicates += 1;
      const records = batch.items.length + (batch.muted ?? 0);
      hub.published += records;
      hub.duplicate += records;
      return;
    }
    const isNext = hub.last === undefined || batch.prev <= hub.last;
    if (!isNext) this.fill("feed_gap", hub, { to: batch.prev, wanted: batch.seq });
    else if (hub.queue.length < BATCHES_WAITING) this.take(hub, batch);
    else this.fill("room_queue_full", hub, { to: batch.seq, wanted: batch.seq });
  }

  /** Batches of the room may have been lost unseen, the last ones too: the window tells. */
  recheck(hub: RoomHub): void {
    if (hub.filling !== undefined) hub.filling.again = true;
    else if (this.knowsStart(hub)) this.fillUpTo(hub, hub.last + 1);
  }

  /** The room's head, told again: what was lost shows even if nobody says anything more. */
  repeated(hub: RoomHub, seq: number): void {
    if (hub.filling !== undefined) hub.filling.wanted = Math.max(hub.filling.wanted, seq);
    else if (this.knowsStart(hub) && seq > hub.last) this.fill("feed_gap", hub, { to: seq, wanted: seq });
  }

  /** Two viewers who came at once into a quiet room leave its start open until somebody asks. */
  private knowsStart(hub: RoomHub): hub is RoomHub & { last: number } {
    if (hub.last === undefined) {
      const seq = hub.sentUpTo();
      if (seq !== undefined) hub.startAt(seq, undefined);
    }
    return hub.last !== undefined;
  }

  private take(hub: RoomHub, batch: Batch): void {
    hub.last = batch.seq;
    hub.lastN = batch.items.at(-1)?.n ?? hub.lastN;
    if (batch.items.some(({ kind }) => kind === "room-event")) hub.changedAt = batch.seq;
    const step = beginBatchStep(this.parts.tracing, "fan-out", batch);
    if (step !== undefined) this.steps.set(step.batch, step);
    this.handingOver.add(hub, step?.batch ?? batch);
  }

  private handed(hub: RoomHub, batch: Batch): void {
    this.steps.get(batch)?.end();
    this.closeWhoMustGo(hub, batch);
    const oldest = batch.items[0];
    if (oldest === undefined || hub.viewers.size === 0) return;
    this.parts.onEvent({
      type: "batch_delivered",
      room: hub.room,
      items: batch.items.length,
      viewers: hub.viewers.size,
      oldestMs: Math.max(0, this.parts.wall() - oldest.at),
    });
  }

  /** Viewers whom a record of this batch shuts out have seen it; now they go. */
  private closeWhoMustGo(hub: RoomHub, batch: Batch): void {
    for (const item of batch.items) {
      if (item.kind !== "room-event") continue;
      const { event } = item;
      if (event.type === "closed") {
        for (const viewer of hub.viewers) viewer.close(CLOSE.ROOM_CLOSED.code, "room closed");
      } else if (event.type === "ban") {
        for (const viewer of hub.viewers) {
          if (viewer.principal?.uid === event.uid) viewer.close(CLOSE.BANNED.code, "banned");
        }
      }
    }
  }

  /** From the last batch up to `to` the window is read instead; `wanted` is what the feed has shown. */
  private fill(
    type: "feed_gap" | "room_queue_full",
    hub: RoomHub,
    { to, wanted }: { readonly to: number; readonly wanted: number },
  ): void {
    this.parts.onEvent({ type, room: hub.room, from: hub.last ?? 0, to });
    this.fillUpTo(hub, wanted);
  }

  private fillUpTo(hub: RoomHub, wanted: number): void {
    const filling: Filling = { wanted, again: false };
    hub.filling = filling;
    this.parts.spawn("fill room", async (ctx) => {
      try {
        while (!(await this.filled(hub, filling, ctx))) await sleep(FILL_AGAIN_MS, ctx);
      } catch (error) {
        if (isCancelled(error)) return;
        // Without the window there is no honest way on: the viewers come back and resume.
        for (const viewer of hub.viewers) viewer.close(CLOSE.TRY_AGAIN.code, "window unavailable");
      } finally {
        hub.filling = undefined;
      }
    });
  }

  /** False when the window cannot be read just now; what is missing keeps until it can. */
  private async filled(hub: RoomHub, filling: Filling, ctx: Context): Promise<boolean> {
    try {
      await this.fillFromWindow(hub, filling, ctx);
      return true;
    } catch (error) {
      if (!BarrageError.is(error) || !error.spec.retryable) throw error;
      return false;
    }
  }

  private async fillFromWindow(hub: RoomHub, filling: Filling, ctx: Context): Promise<void> {
    while (hub.viewers.size > 0 && (filling.again || (hub.last ?? 0) < filling.wanted)) {
      filling.again = false;
      const after = hub.last ?? 0;
      // What waits goes first, and leaves room for what is read.
      await this.told(hub, after, ctx);
      const read = await this.parts.window.read(hub.room, after, Number.POSITIVE_INFINITY, ctx);
      const { slice, isPart } = reachOf(read);
      if (isPart) filling.again = true;
      if (slice.floor.seq > after) await this.passOver(hub, slice, ctx);
      if (slice.items.length === 0 && slice.head.seq <= after) {
        if (wantsAgain(filling)) continue;
        return;
      }
      if (slice.head.seq > (hub.last ?? 0)) await this.takeSlice(hub, slice, ctx);
    }
  }

  /** What the window has lost nobody can give any more, but for what it kept. */
  private async passOver(hub: RoomHub, slice: WindowSlice, ctx: Context): Promise<void> {
    for (const passage of pastOf(slice, { seq: hub.last ?? 0, n: hub.lastN })) {
      const { prev, seq, items, expired } = passage;
      if (items.length === 0) this.tellGap(hub, passage);
      else {
        this.take(hub, { room: hub.room, prev, seq, items, expired: expired ?? 0 });
        await hub.handed.wait(seq, ctx);
      }
    }
    // Where the last of them ends nothing lies between it and the floor, which need not be a record's place.
    hub.lastN = slice.floor.n;
  }

  private tellGap(hub: RoomHub, { prev, seq, expired }: Passage): void {
    hub.published += expired ?? 0;
    const gap = { from: prev, to: seq, count: expired, reason: "expired" } as const;
    for (const viewer of hub.viewers)
      viewer.tellGap({ type: "gap", room_id: hub.room, ...gap }, expired ?? 0);
    hub.startAt(seq, undefined);
  }

  private async takeSlice(hub: RoomHub, { items, head }: WindowSlice, ctx: Context): Promise<void> {
    const parts = [...partsOf(items)];
    for (const [i, part] of parts.entries()) {
      const prev = hub.last ?? 0;
      const seq = i === parts.length - 1 ? head.seq : (part.at(-1)?.seq ?? head.seq);
      this.take(hub, { room: hub.room, prev, seq, items: part });
      await this.told(hub, seq, ctx);
    }
    hub.lastN = head.n;
  }

  /** Resolves when every viewer has been handed what was accepted. */
  async idle(hub: RoomHub, ctx: Context): Promise<void> {
    await this.told(hub, hub.last ?? 0, ctx);
  }

  /** Nothing of what was accepted waits for the room's next batch. */
  tell(hub: RoomHub): void {
    this.handingOver.tell(hub);
  }

  private async told(hub: RoomHub, seq: number, ctx: Context): Promise<void> {
    this.handingOver.tell(hub);
    await hub.handed.wait(seq, ctx);
  }
}
