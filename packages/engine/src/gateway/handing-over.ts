import { Channel, nextTurn } from "@barrage/kernel";
import type { Context } from "@barrage/kernel";
import type { Batch } from "../ports/index.ts";
import { isShown, withheldOf } from "../room/policies/room-item.ts";
import { EncodedBatch } from "./encoded-batch.ts";
import type { FanOutWork, ProcessMeter } from "./meter.ts";
import type { Handing, RoomHub } from "./room-hub.ts";
import { TurnBudget } from "./turn-budget.ts";
import type { Viewer } from "./viewer.ts";

/**
 * Hands batches to the viewers of their rooms, in slices: a large room does not hold up a small one.
 *
 * Shape      a room's batches go out one after the other, in order; rooms with work left take turns. As long as the
 *            turn's budget lasts a batch goes out in the call that brings it.
 * Bounds     a turn's budget for all rooms together, a slice of it for one; then the event loop goes on.
 * Cost       per delivery a write; no promise, no allocation, no timer.
 */
export class HandingOver {
  private readonly meter: ProcessMeter;
  private readonly onHanded: (hub: RoomHub, batch: Batch) => void;
  private readonly busy = new Set<RoomHub>();
  private readonly wake = new Channel<undefined>(1, { name: "fan-out" });
  private readonly budget: TurnBudget;
  private writes = 0;
  private ms = 0;

  /** `onHanded` is called when all viewers have been handed a batch. */
  constructor(meter: ProcessMeter, onHanded: (hub: RoomHub, batch: Batch) => void) {
    this.meter = meter;
    this.budget = new TurnBudget(meter);
    this.onHanded = onHanded;
  }

  get work(): FanOutWork {
    return { writes: this.writes, ms: this.ms };
  }

  /** A connection came. */
  arrived(): void {
    this.budget.arrived();
  }

  /** The room's next batch. */
  add(hub: RoomHub, batch: Batch): void {
    const waits = hub.isBusy;
    hub.queue.push(batch);
    if (!waits) this.start(hub);
  }

  /** What nobody was shown is told now, and does not wait for the room's next batch. */
  tell(hub: RoomHub): void {
    const waits = hub.isBusy;
    if (hub.silent === undefined && !waits) return;
    hub.mustTell = true;
    if (!waits) this.start(hub);
  }

  private start(hub: RoomHub): void {
    // Nobody else waits in this very call.
    let hasMore = true;
    while (hasMore && !this.budget.isSpent) hasMore = this.slice(hub, this.budget.slice);
    if (hasMore) this.busy.add(hub);
    if (this.budget.isSpent || this.busy.size > 0) this.wake.trySend(undefined);
  }

  /** Goes on with what is left, turn by turn, until `ctx` is cancelled. */
  async run(ctx: Context): Promise<void> {
    for await (const _ of this.wake.values(ctx)) {
      do {
        // Of the processor alone: time that the system gave to another process is nothing that this one had to do.
        const before = this.meter.cpuMs();
        await nextTurn();
        this.budget.begin(this.meter.cpuMs() - before);
        this.turn();
      } while (this.busy.size > 0);
      this.budget.end();
    }
  }

  private turn(): void {
    // A room that comes back to the end of the set is met again, as long as the budget lasts.
    for (const hub of this.busy) {
      if (this.budget.isSpent) return;
      this.busy.delete(hub);
      if (this.slice(hub, this.budget.slice)) this.busy.add(hub);
    }
  }

  /** True when the room has work left. */
  private slice(hub: RoomHub, writesAtMost: number): boolean {
    const started = this.meter.now();
    let left = writesAtMost;
    while (left > 0) {
      const handing = (hub.handing ??= begin(hub));
      if (handing === undefined) break;
      const writes = this.advance(hub, handing, left);
      this.writes += writes;
      // A batch for nobody costs its bookkeeping.
      left -= Math.max(1, writes);
    }
    const ms = this.meter.now() - started;
    this.ms += ms;
    this.budget.took(writesAtMost - left, ms);
    return hub.isBusy;
  }

  /** Answers how many viewers were handed the batch, at most `max`. */
  private advance(hub: RoomHub, handing: Handing, max: number): number {
    const { batch, viewers, lastPlace } = handing;
    let writes = 0;
    let at: Viewer | undefined;
    try {
      for (const viewer of viewers) {
        if (viewer.place > lastPlace) break;
        at = viewer;
        handing.cursor = viewer.place;
        viewer.deliver(batch);
        if (++writes === max) return writes;
      }
    } catch (error) {
      // A protocol that fails with a batch ends its own viewers, and is asked once for each: the others are handed it.
      at?.missed(batch, error);
      return writes + 1;
    }
    hub.handing = undefined;
    hub.handed.reached(batch.seq);
    this.onHanded(hub, handing.source);
    return writes;
  }
}

/** The next batch of the room, for those who are subscribed now. */
function begin(hub: RoomHub): Handing | undefined {
  for (;;) {
    const source = hub.queue.shift();
    const { silent, mustTell } = hub;
    if (source === undefined) {
      hub.mustTell = false;
      if (silent === undefined || !mustTell) return undefined;
      return handingOf(hub, silent, silent);
    }
    count(hub, source);
    const whole =
      silent === undefined
        ? source
        : { ...source, prev: silent.prev, items: [...silent.items, ...source.items] };
    if (mustTell || !isSilent(source)) return handingOf(hub, source, whole);
    hub.silent = whole;
  }
}

/** Every frame costs a write to every viewer: one that only says that there is nothing to show can wait. */
const isSilent = ({ items, rate }: Batch): boolean =>
  rate === undefined && items.length > 0 && !items.some(isShown) && withheldOf(items).merged === 0;

function count(hub: RoomHub, { items, muted = 0, expired = 0 }: Batch): void {
  const { sampled, merged } = withheldOf(items);
  hub.published += items.length + muted + expired;
  hub.muted += muted;
  hub.sampled += sampled;
  hub.merged += merged;
}

function handingOf(hub: RoomHub, source: Batch, whole: Batch): Handing {
  hub.silent = undefined;
  return {
    source,
    batch: new EncodedBatch(whole),
    viewers: hub.viewers.values(),
    lastPlace: hub.lastPlace,
    cursor: 0,
  };
}
