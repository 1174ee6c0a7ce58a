import { readMark } from "./mark.ts";
import type { BatchHeader, ReceivedRecord } from "./stream-sink.ts";

/** One batch as its first receiver read it: the others only compare headers. */
export interface KnownBatch {
  /** Numbers of the run's own records in it, in its order. */
  readonly ordinals: readonly number[];
  readonly seqs: readonly number[];
  /** Machine clock, ms. */
  readonly dueTimes: readonly number[];
  /** The numbers' range where they are a whole one and their places grow: such a batch is counted at once. */
  readonly range: { readonly from: number; readonly to: number } | undefined;
}

/** Batches of one room that are remembered; a viewer further behind reads its own. Moved by the batch rate, 40/s: 25 s. */
const KNOWN_BATCHES_MAX = 1_024;

/** Acknowledged publishes, as flat numbers for the way between processes: key, seq (or -1), due time. */
export type AckList = readonly number[];
const ACK_NUMBERS = 3;

/**
 * All records of one room that this process published or saw.
 *
 * Bounds     about 90 bytes for each record of the run; `KNOWN_BATCHES_MAX` batches.
 */
export class RoomLedger {
  readonly room: string;
  readonly #run: string;
  readonly #ordinals = new Map<number, number>();
  readonly #dueAt: number[] = [];
  readonly #ackedOrdinals: number[] = [];
  readonly #ackedSeqs: number[] = [];
  readonly #ackedDueTimes: number[] = [];
  #pending: number[] = [];
  #expectation: Expectation | undefined;
  readonly #known = new Map<string, KnownBatch>();
  /** The batch that was asked for last: viewers of a room read the same one after the other. */
  #last: { readonly header: BatchHeader; readonly batch: KnownBatch } | undefined;
  /** The furthest place any viewer here has reached. */
  newest = -1;

  constructor(room: string, run: string) {
    this.room = room;
    this.#run = run;
  }

  /** The number under which this record is known here, given by first sight; undefined for somebody else's. */
  ordinalOf(content: string): number | undefined {
    const mark = readMark(content);
    if (mark === undefined || mark.run !== this.#run) return undefined;
    return this.#ordinal(mark.key, mark.dueAt);
  }

  /** Machine clock, ms. */
  dueAt(ordinal: number): number {
    return this.#dueAt[ordinal] ?? 0;
  }

  /** The server said that it has this record. */
  acked(key: number, seq: number | undefined, dueAt: number): void {
    this.#pending.push(key, seq ?? -1, dueAt);
    this.#expect(key, seq ?? -1, dueAt);
  }

  /** Acknowledgements of this process since the last `takeAcks`, for the other processes. */
  takeAcks(): AckList {
    const taken = this.#pending;
    this.#pending = [];
    return taken;
  }

  /** Acknowledgements that another process had. */
  addAcks(acks: AckList): void {
    for (let at = 0; at < acks.length; at += ACK_NUMBERS)
      this.#expect(acks[at] ?? 0, acks[at + 1] ?? -1, acks[at + 2] ?? 0);
  }

  known(header: BatchHeader): KnownBatch | undefined {
    if (this.#last?.header === header) return this.#last.batch;
    const batch = this.#known.get(batchKey(header));
    if (batch !== undefined) this.#last = { header, batch };
    return batch;
  }

  learn(header: BatchHeader, records: readonly ReceivedRecord[]): KnownBatch {
    const [ordinals, seqs]: [number[], number[]] = [[], []];
    for (const { content, seq } of records) {
      const ordinal = this.ordinalOf(content);
      if (ordinal === undefined) continue;
      ordinals.push(ordinal);
      seqs.push(seq ?? -1);
    }
    const dueTimes = ordinals.map((ordinal) => this.dueAt(ordinal));
    const batch: KnownBatch = { ordinals, seqs, dueTimes, range: rangeOf(ordinals, seqs) };
    this.#known.set(batchKey(header), batch);
    if (this.#known.size > KNOWN_BATCHES_MAX) {
      const oldest = this.#known.keys().next();
      if (oldest.done !== true) this.#known.delete(oldest.value);
    }
    return batch;
  }

  /** Which records a viewer should have, by all acknowledgements so far. Cost: O(records log records), and nothing where none came since. */
  expectation(): Expectation {
    this.#expectation ??= new Expectation({
      ordinals: this.#ackedOrdinals,
      seqs: this.#ackedSeqs,
      dueTimes: this.#ackedDueTimes,
      size: this.#dueAt.length,
    });
    return this.#expectation;
  }

  #expect(key: number, seq: number, dueAt: number): void {
    this.#ackedOrdinals.push(this.#ordinal(key, dueAt));
    this.#ackedDueTimes.push(dueAt);
    this.#expectation = undefined;
    if (seq >= 0) this.#ackedSeqs.push(seq);
  }

  #ordinal(key: number, dueAt: number): number {
    const known = this.#ordinals.get(key);
    if (known !== undefined) return known;
    const ordinal = this.#dueAt.push(dueAt) - 1;
    this.#ordinals.set(key, ordinal);
    return ordinal;
  }
}

function rangeOf(ordinals: readonly number[], seqs: readonly number[]): KnownBatch["range"] {
  const [from, to] = [Math.min(...ordinals), Math.max(...ordinals)];
  const isWhole = to - from === ordinals.length - 1 && new Set(ordinals).size === ordinals.length;
  const grows = seqs.every((seq, index) => seq > (seqs[index - 1] ?? -1));
  return isWhole && grows ? { from, to } : undefined;
}

const batchKey = ({ prev, seq, count, shed }: BatchHeader): string => `${prev}.${seq}.${count}.${shed}`;

interface Acknowledged {
  readonly ordinals: readonly number[];
  readonly seqs: readonly number[];
  readonly dueTimes: readonly number[];
  /** Ordinals given so far. */
  readonly size: number;
}

/** The acknowledged records of a room, ready to be counted by range. Cost: O(log records) a question. */
export class Expectation {
  readonly #upTo: Int32Array;
  readonly #seqs: Float64Array;
  readonly #dueTimes: Float64Array;

  constructor({ ordinals, seqs, dueTimes, size }: Acknowledged) {
    const isAcked = new Uint8Array(size);
    for (const ordinal of ordinals) isAcked[ordinal] = 1;
    this.#upTo = new Int32Array(size + 1);
    for (let ordinal = 0; ordinal < size; ordinal += 1)
      this.#upTo[ordinal + 1] = (this.#upTo[ordinal] ?? 0) + (isAcked[ordinal] ?? 0);
    this.#seqs = Float64Array.from(seqs).toSorted();
    this.#dueTimes = Float64Array.from(dueTimes).toSorted();
  }

  /** Acknowledged ones among the ordinals `from` to `to`, both within. */
  among(from: number, to: number): number {
    // Records first seen after this was made have larger ordinals: nobody expects them.
    const last = this.#upTo.length - 1;
    return (this.#upTo[Math.min(to + 1, last)] ?? 0) - (this.#upTo[Math.min(from, last)] ?? 0);
  }

  /** Acknowledged ones placed after `from`, up to and with `to`. */
  placed(from: number, to: number): number {
    return firstAbove(this.#seqs, to) - firstAbove(this.#seqs, from);
  }

  /** Acknowledged ones due after that moment of the machine's clock. */
  dueAfter(moment: number): number {
    return this.#dueTimes.length - firstAbove(this.#dueTimes, moment);
  }
}

function firstAbove(sorted: Float64Array, limit: number): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((sorted[middle] ?? Infinity) <= limit) low = middle + 1;
    else high = middle;
  }
  return low;
}
