import type { VectorClock } from "./vector-clocks.ts";

/** A write, and the read it was made from when an `await` lay between the two. */
export interface Write {
  readonly task: number;
  readonly name: string;
  readonly epoch: number;
  readonly clock: VectorClock;
  readonly read: { readonly epoch: number; readonly clock: VectorClock } | undefined;
  readonly where: Error;
}

interface Read {
  readonly segment: number;
  readonly epoch: number;
  readonly clock: VectorClock;
}

/** Who accesses, and in which uninterrupted piece of its code. */
export interface Accessor {
  readonly task: number;
  readonly name: string;
  readonly segment: number;
  readonly clock: VectorClock;
}

// Writes remembered per property (a count). A race is between neighbours in time; older ones are ordered by then.
const WRITES = 64;

function knows(
  clock: VectorClock,
  { task, epoch }: { readonly task: number; readonly epoch: number },
): boolean {
  return (clock.get(task) ?? 0) >= epoch;
}

/**
 * Do two writes, `older` first, lose an update in some order the synchronisation allows? Writes that touch nothing
 * across an `await` cannot: each is made from the value of that very moment.
 */
function races(older: Write, newer: Write): boolean {
  if (older.task === newer.task) return false;
  if (newer.read === undefined) return older.read !== undefined && !knows(newer.clock, older);
  if (knows(newer.read.clock, older)) return false;
  // Between the newer one's read and write, both times on purpose: it handed over and got it back.
  const handedOver =
    knows(older.clock, { task: newer.task, epoch: newer.read.epoch }) && knows(newer.clock, older);
  return !handedOver;
}

/** The accesses to one property. */
export class Accesses {
  private readonly reads = new Map<number, Read>();
  private readonly writes: Write[] = [];

  read({ task, segment, clock }: Accessor): void {
    this.reads.set(task, { segment, epoch: clock.get(task) ?? 0, clock: new Map(clock) });
  }

  /** Gives the earlier writes that this one races with. */
  write({ task, name, segment, clock }: Accessor): {
    readonly own: Write;
    readonly others: readonly Write[];
  } {
    const last = this.reads.get(task);
    this.reads.delete(task);
    const read = last === undefined || last.segment === segment ? undefined : last;
    const own: Write = {
      task,
      name,
      epoch: clock.get(task) ?? 0,
      clock: new Map(clock),
      read,
      where: new Error("write"),
    };
    const others = this.writes.filter((older) => races(older, own));
    this.writes.push(own);
    if (this.writes.length > WRITES) this.writes.shift();
    return { own, others };
  }
}
