import { RangeSet } from "./range-set.ts";
import type { Expectation, KnownBatch, RoomLedger } from "./room-ledger.ts";
import type { AnnouncedGap, BatchHeader, ReceivedRecord, StreamSink } from "./stream-sink.ts";

/** What the viewers of one process count together. */
export interface StreamCounts {
  /** A record came, not for the first time by a resume. Units: ms from due to received. */
  delivered(latencyMs: number): void;
  /** Records came together. Units: ms of the machine's clock. */
  deliveredTogether(at: number, dueTimes: readonly number[]): void;
  /** A record came to a viewer who reads slowly: its age says nothing of the server. */
  deliveredLate(): void;
  /** Has every record up to the place that was the newest when it began to come back. */
  caughtUp(ms: number): void;
  fault(name: string): void;
  sampled(records: number, wrong: number): void;
  closed(code: number): void;
}

export interface ViewerStreamParts {
  readonly ledger: RoomLedger;
  readonly counts: StreamCounts;
  /** Are this frame's contents compared too? */
  readonly sample: () => boolean;
  /** Machine clock minus the context's clock, ms. */
  readonly machineOffsetMs: number;
  /** Does the plan keep the viewer from reading at times? */
  readonly isSlow?: boolean;
}

/** What one viewer got of what it should have. */
export interface ViewerVerdict {
  readonly expected: number;
  /** Distinct acknowledged records. */
  readonly received: number;
  /** Expected, never received, never announced as withheld. */
  readonly lost: number;
  /** Records the server said it withheld. */
  readonly withheld: number;
  readonly doubles: number;
  /** Records that came after one with a later place. */
  readonly disordered: number;
  readonly gaps: number;
  /** Batches whose `prev` was not the place before. */
  readonly chainBreaks: number;
}

const NOT_JOINED = -2;

/**
 * Checks one viewer's stream frame by frame: order, doubles, the chain of batches; and says at the end what is missing.
 *
 * Shape      outlives its connections: a resume goes on with it.
 */
export class ViewerStream implements StreamSink {
  readonly #parts: ViewerStreamParts;
  readonly #received = new RangeSet();
  #current: KnownBatch | undefined;
  #joinedAt = Infinity;
  #firstHead: number | undefined;
  /** Where the chain of batches stands. */
  #head = NOT_JOINED;
  /** The furthest place a record was received at. */
  #furthest = -1;
  #doubles = 0;
  #disordered = 0;
  #chainBreaks = 0;
  #shed = 0;
  readonly #gaps: AnnouncedGap[] = [];
  /** The last place of a visit that ended; what comes after it is not expected. */
  #until = Infinity;
  #return: { readonly since: number; readonly upTo: number } | undefined;

  constructor(parts: ViewerStreamParts) {
    this.#parts = parts;
  }

  /** Place to resume after; undefined before the first join and where the protocol has no places. */
  get resumeFrom(): number | undefined {
    return this.#head >= 0 ? this.#head : undefined;
  }

  get hasLeft(): boolean {
    return this.#until < Infinity;
  }

  /** The visit is over: what the viewer has not got by now it was not to get. */
  leaves(): void {
    this.#until = Math.max(this.#head, this.#firstHead ?? -1);
  }

  /** The connection is about to be made again. Units: ms of the context's clock. */
  comesBack(at: number): void {
    // Who was lost again before it had caught up is still coming back from the first time.
    if (this.#joinedAt < Infinity) this.#return ??= { since: at, upTo: this.#parts.ledger.newest };
  }

  joined(head: number | undefined, missed: readonly ReceivedRecord[], at: number): void {
    if (this.#joinedAt === Infinity) {
      this.#joinedAt = at + this.#parts.machineOffsetMs;
      this.#firstHead = head;
      this.#furthest = head ?? -1;
    } else for (const record of missed) this.#take(record, undefined);
    this.#head = head ?? -1;
    this.#settleReturn(at);
  }

  record(record: ReceivedRecord, at: number): void {
    this.#take(record, at);
    this.#settleReturn(at);
  }

  wantsRecords(header: BatchHeader): boolean {
    this.#current = this.#parts.ledger.known(header);
    return this.#current === undefined || this.#parts.sample();
  }

  batch(header: BatchHeader, records: readonly ReceivedRecord[] | undefined, at: number): void {
    const { ledger } = this.#parts;
    const known = this.#current ?? ledger.learn(header, records ?? []);
    if (records !== undefined) this.#compare(header, records, known);
    if (header.prev !== this.#head) this.#chainBreaks += 1;
    if (header.count + header.shed < 1 || header.seq <= header.prev) this.fault("a batch of nothing");
    this.#head = Math.max(this.#head, header.seq);
    this.#shed += header.shed;
    if (!this.#countTogether(known, at)) {
      for (let index = 0; index < known.ordinals.length; index += 1)
        this.#count(known.ordinals[index] ?? 0, known.seqs[index] ?? -1, at);
    }
    this.#settleReturn(at);
  }

  gap(gap: AnnouncedGap): void {
    this.#gaps.push(gap);
    this.#head = Math.max(this.#head, gap.to);
  }

  fault(name: string): void {
    this.#parts.counts.fault(name);
  }

  closed(code: number): void {
    this.#parts.counts.closed(code);
  }

  verdict(expectation: Expectation): ViewerVerdict {
    let received = 0;
    for (const [from, to] of this.#received.ranges()) received += expectation.among(from, to);
    const expected = this.#expected(expectation, received);
    const announced = this.#gaps.map(({ from, to, count }) => count ?? expectation.placed(from, to));
    const withheld = announced.reduce((sum, count) => sum + count, this.#shed);
    return {
      expected,
      received,
      lost: Math.max(0, expected - received - withheld),
      withheld,
      doubles: this.#doubles,
      disordered: this.#disordered,
      gaps: this.#gaps.length,
      chainBreaks: this.#chainBreaks,
    };
  }

  /** Without places nobody can tell what was on its way when a viewer left: of such a visit, what came is expected. */
  #expected(expectation: Expectation, received: number): number {
    if (this.#firstHead !== undefined) return expectation.placed(this.#firstHead, this.#until);
    return this.hasLeft ? received : expectation.dueAfter(this.#joinedAt);
  }

  /** `at` is absent for what a resume brought: its age is no latency. */
  #take({ seq, content }: ReceivedRecord, at: number | undefined): void {
    const ordinal = this.#parts.ledger.ordinalOf(content);
    if (ordinal !== undefined) this.#count(ordinal, seq ?? -1, at);
  }

  #count(ordinal: number, seq: number, at: number | undefined): void {
    const { ledger, counts, machineOffsetMs } = this.#parts;
    const dueAt = ledger.dueAt(ordinal);
    // Without places, what was on its way when the viewer came may or may not reach it: nobody counts it.
    if (this.#firstHead === undefined ? dueAt <= this.#joinedAt : seq >= 0 && seq <= this.#firstHead) return;
    if (!this.#received.add(ordinal)) {
      this.#doubles += 1;
      return;
    }
    const place = seq >= 0 ? seq : ordinal;
    if (place < this.#furthest) this.#disordered += 1;
    else this.#furthest = place;
    if (place > ledger.newest) ledger.newest = place;
    if (at === undefined) return;
    if (this.#parts.isSlow === true) counts.deliveredLate();
    else counts.delivered(at + machineOffsetMs - dueAt);
  }

  /** Counts a batch that only goes on where the stream stands, as nearly all do; false, and nothing, for another. */
  #countTogether({ range, seqs, dueTimes }: KnownBatch, at: number): boolean {
    const { ledger, counts, machineOffsetMs, isSlow = false } = this.#parts;
    const [first = -1, last = -1] = [seqs[0], seqs.at(-1)];
    if (range === undefined || isSlow || this.#firstHead === undefined) return false;
    if (first <= this.#firstHead || first < this.#furthest) return false;
    if (!this.#received.append(range.from, range.to)) return false;
    this.#furthest = last;
    if (last > ledger.newest) ledger.newest = last;
    counts.deliveredTogether(at + machineOffsetMs, dueTimes);
    return true;
  }

  #settleReturn(at: number): void {
    if (this.#return === undefined || Math.max(this.#head, this.#furthest) < this.#return.upTo) return;
    this.#parts.counts.caughtUp(at - this.#return.since);
    this.#return = undefined;
  }

  #compare(header: BatchHeader, records: readonly ReceivedRecord[], known: KnownBatch): void {
    let wrong = Math.abs(records.length - header.count);
    let own = 0;
    let last = header.prev;
    for (const { seq, content } of records) {
      if (seq === undefined || seq <= last || seq > header.seq) wrong += 1;
      last = seq ?? last;
      const ordinal = this.#parts.ledger.ordinalOf(content);
      if (ordinal === undefined) continue;
      if (ordinal !== known.ordinals[own]) wrong += 1;
      own += 1;
    }
    this.#parts.counts.sampled(records.length, wrong);
  }
}
