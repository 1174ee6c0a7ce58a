import { Channel, nextTurn } from "@barrage/kernel";
import type { Context } from "@barrage/kernel";
import type { Batch } from "../ports/index.ts";
import { isShown, withheldOf } from "../room/policies/room-item.ts";
import { EncodedBatch } from "./encoded-batch.ts";
import type { FanOutWork, ProcessMeter } from "./meter.ts";
import type { Handing, RoomHub } from "./room-hub.ts";
import type { Viewer } from "./viewer.ts";

/** Writes for one room before the next has its turn: about 2 ms at the 6 us that a write costs. */
const WRITES_PER_SLICE = 256;
/** Writes before the event loop has its turn, so that sockets are read and acks sent meanwhile: about 6 ms. */
const WRITES_PER_TURN = 1_024;
/**
 * The same while viewers come: the event loop lets in one connection in a turn, so that the turns' length is what decides
 * how many a second. About 1 ms.
 */
const WRITES_PER_TURN_OF_ARRIVALS = 128;
/** Turns after an arrival in which another is expected; at so many a second it is not one arrival, but a rush. */
const TURNS_OF_ARRIVALS = 32;
/** The most of them after a turn in which everything else took long: about 100 ms. */
const WRITES_PER_TURN_MAX = 16_384;

/**
 * Hands batches to the viewers of their rooms, in slices: a large room does not hold up a small one.
 *
 * Shape      a room's batches go out one after the other, in order; rooms with work left take turns. As long as the
 *            turn's budget lasts a batch goes out in the call that brings it.
 * Bounds     WRITES_PER_SLICE for a room, WRITES_PER_TURN for all, then the event loop goes on. Where it was busy for
 *            longer than that with everything else (thousands who join), fan-out has as much time as that took. While
 *            viewers come, turns are short: WRITES_PER_TURN_OF_ARRIVALS.
 * Cost       per delivery a write; no promise, no allocation, no timer.
 */
export class HandingOver {
  private readonly meter: ProcessMeter;
  private readonly onHanded: (hub: RoomHub, batch: Batch) => void;
  private readonly busy = new Set<RoomHub>();
  private readonly wake = new Channel<undefined>(1, { name: "fan-out" });
  private left = WRITES_PER_TURN;
  /** Short turns still to come. */
  private arrivalTurns = 0;
  private writes = 0;
  private ms = 0;

  /** `onHanded` is called when all viewers have been handed a batch. */
  constructor(meter: ProcessMeter, onHanded: (hub: RoomHub, batch: Batch) => void) {
    this.meter = meter;
    this.onHanded = onHanded;
  }

  get work(): FanOutWork {
    return { writes: this.writes, ms: this.ms };
  }

  /** A connection came. */
  arrived(): void {
    this.arrivalTurns = TURNS_OF_ARRIVALS;
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
    if (this.left <= 0 || this.slice(hub, this.left)) this.busy.add(hub);
    if (this.left <= 0 || this.busy.size > 0) this.wake.trySend(undefined);
  }

  /** Goes on with what is left, turn by turn, until `ctx` is cancelled. */
  async run(ctx: Context): Promise<void> {
    for await (const _ of this.wake.values(ctx)) {
      do {
        const before = this.meter.now();
        await nextTurn();
        this.left = this.budgetAfter(this.meter.now() - before);
        this.turn();
      } while (this.busy.size > 0);
      this.left = Math.min(this.left, WRITES_PER_TURN);
    }
  }

  /** Writes that take as long as everything else just did, within bounds. */
  private budgetAfter(othersMs: number): number {
    const least = this.arrivalTurns > 0 ? WRITES_PER_TURN_OF_ARRIVALS : WRITES_PER_TURN;
    this.arrivalTurns = Math.max(0, this.arrivalTurns - 1);
    const writes = this.ms === 0 ? 0 : Math.floor((othersMs * this.writes) / this.ms);
    return Math.min(WRITES_PER_TURN_MAX, Math.max(least, writes));
  }

  private turn(): void {
    // A room that comes back to the end of the set is met again, as long as the budget lasts.
    for (const hub of this.busy) {
      if (this.left <= 0) return;
      this.busy.delete(hub);
      if (this.slice(hub, Math.min(WRITES_PER_SLICE, this.left))) this.busy.add(hub);
    }
  }

  /** True when the room has work left. */
  private slice(hub: RoomHub, writesAtMost: number): boolean {
    const started = this.meter.now();
    let budget = writesAtMost;
    while (budget > 0) {
      const handing = (hub.handing ??= begin(hub));
      if (handing === undefined) break;
      const writes = this.advance(hub, handing, budget);
      this.writes += writes;
      // A batch for nobody costs its bookkeeping.
      const cost = Math.max(1, writes);
      budget -= cost;
      this.left -= cost;
    }
    this.ms += this.meter.now() - started;
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
