import type { Context } from "@barrage/kernel";
import { CLOSE } from "@barrage/protocol";
import type { EngineEvent } from "../events.ts";
import type { Batch, RecentWindow } from "../ports/index.ts";
import { beginBatchStep } from "../tracing/batch-step.ts";
import type { BatchStep } from "../tracing/batch-step.ts";
import type { Tracing } from "../tracing/tracing.ts";
import { HandingOver } from "./handing-over.ts";
import type { FanOutWork, ProcessMeter } from "./meter.ts";
import type { RoomHub } from "./room-hub.ts";
import { WindowFill } from "./window-fill.ts";

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

/** Hands each batch of the feed to the viewers of its room: in order, nothing twice, a lost one read from the window. */
export class FanOut {
  private readonly parts: FanOutParts;
  private readonly handingOver: HandingOver;
  private readonly windowFill: WindowFill;
  /** Of batches with traced records, until they are handed over. */
  private readonly steps = new WeakMap<Batch, BatchStep>();
  /** Batches that arrived twice. */
  duplicates = 0;

  constructor(parts: FanOutParts) {
    this.parts = parts;
    this.handingOver = new HandingOver(parts.meter, (hub, batch) => this.handed(hub, batch));
    this.windowFill = new WindowFill({
      window: parts.window,
      spawn: parts.spawn,
      take: (hub, batch) => this.take(hub, batch),
      told: (hub, seq, ctx) => this.told(hub, seq, ctx),
    });
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
    if (hub.filling !== undefined) hub.filling.mustReadAgain = true;
    else if (this.knowsStart(hub)) this.windowFill.begin(hub, hub.last + 1);
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
    this.windowFill.begin(hub, wanted);
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
