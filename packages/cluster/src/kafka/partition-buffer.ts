import type { StoredRecord } from "./record-codec.ts";

/** Records of one partition that are stored together: one append, or the many of an import. */
export interface Unit {
  readonly partition: number;
  readonly records: readonly StoredRecord[];
  readonly bytes: number;
  /** `clock.now()` when it came, and when its caller stops waiting. */
  readonly at: number;
  readonly expiresAt: number;
  readonly resolve: (firstOffset: number) => void;
  readonly reject: (error: unknown) => void;
  /** Its caller has been answered; what is on the way goes on all the same. */
  isAnswered: boolean;
}

/** Who appends, as the broker knows it: it drops a batch whose place in this producer's sequence it has seen. */
export interface Identity {
  readonly id: bigint;
  readonly epoch: number;
}

/**
 * Units that go to the broker together. Never changes once it was sent: a repeat must be the same batch with the same
 * place in the sequence, or the broker would store it twice.
 */
export interface Batch {
  readonly partition: number;
  readonly units: readonly Unit[];
  readonly records: readonly StoredRecord[];
  readonly identity: Identity;
  readonly firstSequence: number;
  /** Requests that carried it and came to nothing that is known. */
  unknowns: number;
}

/** The broker counts in 31 bits and starts again at 0. */
const SEQUENCE_MASK = 0x7fffffff;

/**
 * What waits for one partition, and the one batch of it that is on its way.
 *
 * Shape      FIFO; one batch at a time, so the order of appends is the order of offsets, whatever is sent again.
 */
export class PartitionBuffer {
  private waiting = new Set<Unit>();
  private bytes = 0;
  private identity: Identity | undefined = undefined;
  private sequence = 0;
  out: Batch | undefined = undefined;
  /** On the wire at this moment. */
  isSending = false;
  /** Waits until its leader is known again. */
  isParked = false;

  add(unit: Unit): void {
    this.waiting.add(unit);
    this.bytes += unit.bytes;
  }

  /** Takes a unit out before it was sent; false when it is too late for that. */
  withdraw(unit: Unit): boolean {
    if (!this.waiting.delete(unit)) return false;
    this.bytes -= unit.bytes;
    return true;
  }

  get isEmpty(): boolean {
    return this.out === undefined && this.waiting.size === 0;
  }

  /** The moment from which something should be sent; undefined when there is nothing, or it may not be sent now. */
  dueAt(lingerMs: number, batchBytes: number): number | undefined {
    if (this.isSending || this.isParked) return undefined;
    if (this.out !== undefined || this.bytes >= batchBytes) return Number.NEGATIVE_INFINITY;
    for (const { at } of this.waiting) return at + lingerMs;
    return undefined;
  }

  /** The batch to send: the one that came to nothing, else a new one of what waits. */
  take(current: Identity, batchBytes: number): Batch | undefined {
    if (this.out !== undefined) return this.out;
    const units: Unit[] = [];
    let bytes = 0;
    for (const unit of this.waiting) {
      if (units.length > 0 && bytes + unit.bytes > batchBytes) break;
      this.waiting.delete(unit);
      units.push(unit);
      bytes += unit.bytes;
    }
    const [first] = units;
    if (first === undefined) return undefined;
    this.bytes -= bytes;
    if (this.identity === undefined) {
      this.identity = current;
      this.sequence = 0;
    }
    const records = units.flatMap((unit) => unit.records);
    const { identity, sequence: firstSequence } = this;
    this.out = { partition: first.partition, units, records, identity, firstSequence, unknowns: 0 };
    return this.out;
  }

  /** The batch is stored: its places in the sequence are used up. */
  stored(): void {
    this.sequence = (this.sequence + (this.out?.records.length ?? 0)) & SEQUENCE_MASK;
    this.out = undefined;
  }

  /** The batch is given up and was not stored: the next one takes its places. */
  dropped(): void {
    this.out = undefined;
  }

  /** The broker does not know our sequence any more, or nobody knows how far it went: the next batch starts another. */
  forgetIdentity(): void {
    this.identity = undefined;
    this.out = undefined;
  }

  /** First in line again. */
  putBack(units: readonly Unit[]): void {
    this.waiting = new Set([...units, ...this.waiting]);
    for (const { bytes } of units) this.bytes += bytes;
  }

  /** Units whose caller still waits, oldest first. */
  *unanswered(): Iterable<Unit> {
    for (const unit of this.out?.units ?? []) if (!unit.isAnswered) yield unit;
    yield* this.waiting;
  }
}
