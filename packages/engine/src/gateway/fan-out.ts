import { isCancelled } from "@barrage/kernel";
import type { Context } from "@barrage/kernel";
import { CLOSE } from "@barrage/protocol";
import type { EngineEvent, EngineTotals } from "../events.ts";
import type { Batch, RecentWindow } from "../ports/index.ts";
import { EncodedBatch } from "./encoded-batch.ts";
import type { RoomHub } from "./room-hub.ts";

export interface FanOutParts {
  readonly window: RecentWindow;
  readonly totals: EngineTotals;
  readonly onEvent: (event: EngineEvent) => void;
  readonly spawn: (name: string, body: (ctx: Context) => Promise<void>) => void;
  readonly wall: () => number;
}

/** Hands each batch of the feed to the viewers of its room: in order, nothing twice, a lost one read from the window. */
export class FanOut {
  private readonly parts: FanOutParts;

  constructor(parts: FanOutParts) {
    this.parts = parts;
  }

  /** A batch arrived. Duplicates are dropped by seq; a batch that does not follow the last one shows a loss. */
  accept(hub: RoomHub, batch: Batch): void {
    const { totals } = this.parts;
    if (hub.filling !== undefined) {
      // Written to the window before it was published, so the fill finds it there.
      hub.filling.wanted = Math.max(hub.filling.wanted, batch.seq);
      return;
    }
    if (hub.last !== undefined && batch.seq <= hub.last) {
      totals.duplicates += 1;
      return;
    }
    if (hub.last !== undefined && batch.prev > hub.last) return this.fill(hub, batch);
    this.deliver(hub, batch);
  }

  private deliver(hub: RoomHub, batch: Batch): void {
    hub.last = batch.seq;
    const encoded = new EncodedBatch(batch);
    for (const viewer of hub.viewers) viewer.deliver(encoded);
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

  private fill(hub: RoomHub, batch: Batch): void {
    const filling = { wanted: batch.seq };
    hub.filling = filling;
    this.parts.onEvent({ type: "feed_gap", room: hub.room, from: hub.last ?? 0, to: batch.prev });
    this.parts.spawn("fill room", async (ctx) => {
      try {
        await this.fillFromWindow(hub, filling, ctx);
      } catch (error) {
        if (isCancelled(error)) return;
        // Without the window there is no honest way on: the viewers come back and resume.
        for (const viewer of hub.viewers) viewer.close(CLOSE.TRY_AGAIN.code, "window unavailable");
      } finally {
        hub.filling = undefined;
      }
    });
  }

  private async fillFromWindow(
    hub: RoomHub,
    filling: { readonly wanted: number },
    ctx: Context,
  ): Promise<void> {
    while (hub.viewers.size > 0 && (hub.last ?? 0) < filling.wanted) {
      const after = hub.last ?? 0;
      const { items, head, floor } = await this.parts.window.read(
        hub.room,
        after,
        Number.POSITIVE_INFINITY,
        ctx,
      );
      let prev = after;
      if (floor.seq > after) {
        const gap = { from: after, to: floor.seq, count: null, reason: "expired" } as const;
        for (const viewer of hub.viewers) viewer.tellGap({ type: "gap", room_id: hub.room, ...gap });
        prev = floor.seq;
      }
      if (items.length === 0 && head.seq <= after) return;
      this.deliver(hub, { room: hub.room, prev, seq: head.seq, items });
    }
  }
}
