import { isCancelled, sleep } from "@barrage/kernel";
import type { Context } from "@barrage/kernel";
import { CLOSE, isRetryable } from "@barrage/protocol";
import type { Batch, RecentWindow, WindowSlice } from "../ports/index.ts";
import { partsOf } from "../room/batch-parts.ts";
import { pastOf } from "./passages.ts";
import type { Passage } from "./passages.ts";
import { reachOf } from "./reach.ts";
import type { Filling, RoomHub } from "./room-hub.ts";

export interface WindowFillParts {
  readonly window: Pick<RecentWindow, "read">;
  readonly spawn: (name: string, body: (ctx: Context) => Promise<void>) => void;
  /** The room's next batch, for all its viewers. */
  readonly take: (hub: RoomHub, batch: Batch) => void;
  /** Resolves when every viewer has been handed what was taken up to `seq`. */
  readonly told: (hub: RoomHub, seq: number, ctx: Context) => Promise<void>;
}

/** Pause after a window that could not be read, ms. */
const FILL_AGAIN_MS = 250;

/** Batches are taken from the feed again, unless another fill has begun since. */
function end(hub: RoomHub, filling: Filling): void {
  if (hub.filling === filling) hub.filling = undefined;
}

/** Asked anew after a wait, in which it may have become true. */
const mustReadAgain = (filling: Filling): boolean => filling.mustReadAgain;

/**
 * What the feed lost, or brought faster than the room was handed it, read from the window and handed to the room's viewers.
 *
 * Shape      one at a time for a room, known by `hub.filling`; meanwhile nothing of the feed is taken.
 */
export class WindowFill {
  private readonly parts: WindowFillParts;

  constructor(parts: WindowFillParts) {
    this.parts = parts;
  }

  /** From the room's last batch to `wanted`, and to what the feed shows until that is done. */
  begin(hub: RoomHub, wanted: number): void {
    const filling: Filling = { wanted, mustReadAgain: false };
    hub.filling = filling;
    this.parts.spawn("fill room", async (ctx) => {
      try {
        while (!(await this.filled(hub, filling, ctx))) await sleep(FILL_AGAIN_MS, ctx);
      } catch (error) {
        if (isCancelled(error)) return;
        // Without the window there is no honest way on: the viewers come back and resume.
        for (const viewer of hub.viewers) viewer.close(CLOSE.TRY_AGAIN.code, "window unavailable");
      } finally {
        end(hub, filling);
      }
    });
  }

  /** False when the window cannot be read just now; what is missing keeps until it can. */
  private async filled(hub: RoomHub, filling: Filling, ctx: Context): Promise<boolean> {
    try {
      await this.fillFromWindow(hub, filling, ctx);
      return true;
    } catch (error) {
      if (!isRetryable(error)) throw error;
      return false;
    }
  }

  private async fillFromWindow(hub: RoomHub, filling: Filling, ctx: Context): Promise<void> {
    while (hub.viewers.size > 0 && (filling.mustReadAgain || (hub.last ?? 0) < filling.wanted)) {
      filling.mustReadAgain = false;
      const after = hub.last ?? 0;
      // What waits goes first, and leaves room for what is read.
      await this.parts.told(hub, after, ctx);
      const read = await this.parts.window.read(hub.room, after, Number.POSITIVE_INFINITY, ctx);
      hub.outage.over();
      const { slice, isPart } = reachOf(read);
      if (isPart) filling.mustReadAgain = true;
      if (slice.floor.seq > after) await this.passOver(hub, slice, ctx);
      if (slice.items.length === 0 && slice.head.seq <= after) {
        if (mustReadAgain(filling)) continue;
        break;
      }
      if (slice.head.seq > (hub.last ?? 0)) await this.takeSlice(hub, slice, ctx);
    }
    // Where that is decided, and not a turn later: what the feed brings from here on nobody would look for.
    end(hub, filling);
  }

  /** What the window has lost nobody can give any more, but for what it kept. */
  private async passOver(hub: RoomHub, slice: WindowSlice, ctx: Context): Promise<void> {
    for (const passage of pastOf(slice, { seq: hub.last ?? 0, n: hub.lastN })) {
      const { prev, seq, items, expired } = passage;
      if (items.length === 0) this.tellGap(hub, passage);
      else {
        this.parts.take(hub, { room: hub.room, prev, seq, items, expired: expired ?? 0 });
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
      this.parts.take(hub, { room: hub.room, prev, seq, items: part });
      await this.parts.told(hub, seq, ctx);
    }
    hub.lastN = head.n;
  }
}
