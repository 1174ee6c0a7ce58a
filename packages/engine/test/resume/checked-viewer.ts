import type { BatchFrame, GapFrame, GapReason, Item, ServerFrame, SnapshotFrame } from "@barrage/protocol";
import type { Chain, Spot } from "./chain.ts";
import type { NarrowSocket } from "./narrow-socket.ts";

/** What a viewer needs to know of the world around it. */
export interface Witness {
  readonly chain: Chain;
  /** Wall clock, ms. */
  readonly now: () => number;
  readonly horizonMs: number;
  readonly violation: (what: string) => void;
}

/** A range that a frame speaks of, and what it gives and tells of it. */
interface Told {
  readonly from: number;
  readonly to: number;
  readonly items: readonly Item[];
  /** Records said to be withheld; null: some, nobody knows how many. */
  readonly count: number | null;
  readonly reason: GapReason | undefined;
}

/**
 * A viewer who believes nothing and remembers one number across its connections, as the SDK does: its last seq.
 *
 * Each frame has to account for every place of the chain that it moves over: given, or withheld and told so, with the
 * right count, and never control or paid records.
 */
export class CheckedViewer {
  readonly name: string;
  readonly room: string;
  private readonly witness: Witness;
  socket: NarrowSocket | undefined;
  /** Up to where it was brought; undefined before its first snapshot. */
  last: number | undefined;
  /** Records handed to the person in front of the screen. */
  shown = 0;
  /** Connections that resumed. */
  resumes = 0;
  gaps = 0;
  private lastShown = 0;
  private since: number | undefined;
  private hasSnapshot = false;
  private mustBeToldUpTo: number | undefined;

  constructor(name: string, room: string, witness: Witness) {
    this.name = name;
    this.room = room;
    this.witness = witness;
  }

  begin(socket: NarrowSocket): void {
    this.socket = socket;
    this.since = this.last;
    this.hasSnapshot = false;
    this.mustBeToldUpTo = undefined;
  }

  /** Reads what has come, at most `frames` of it. */
  read(frames = Number.POSITIVE_INFINITY): void {
    const { socket } = this;
    if (socket === undefined) return;
    for (const frame of socket.inbox.splice(0, frames)) this.take(frame);
    if (socket.isEnded && socket.inbox.length === 0) this.socket = undefined;
  }

  private take(frame: ServerFrame): void {
    if (frame.type === "snapshot") this.snapshot(frame);
    else if (frame.type === "error" && frame.code === "BARRAGE_INTERNAL") this.blame("an internal error");
    else if (!this.hasSnapshot && (frame.type === "batch" || frame.type === "gap"))
      this.blame(`a ${frame.type} came before the snapshot`);
    else if (frame.type === "gap") this.gap(frame);
    else if (frame.type === "batch") this.batch(frame);
  }

  private snapshot({ items, head, resumed }: SnapshotFrame): void {
    const { since } = this;
    if (this.hasSnapshot) this.blame("a second snapshot");
    this.hasSnapshot = true;
    if (resumed) {
      if (since === undefined) return this.blame("resumed without a since");
      this.resumes += 1;
      this.account({ from: since, to: head, items, count: 0, reason: undefined });
    } else {
      if (since !== undefined) this.afresh(since, head);
      for (const item of items) this.isRight(item);
    }
    this.show(items);
    this.last = head;
  }

  /** Begun anew though it had come with a since: only for who was away for longer than the horizon. */
  private afresh(since: number, head: number): void {
    const missed = this.witness.chain.between(since, head)[0];
    if (head < since) this.blame(`begun anew at ${head}, below ${since}`);
    if (missed === undefined || this.isWithinHorizon(missed))
      this.blame(`begun anew at ${head}, though it came back with ${since} within the horizon`);
    this.mustBeToldUpTo = head;
  }

  private gap({ from, to, count, reason }: GapFrame): void {
    this.gaps += 1;
    if (this.mustBeToldUpTo !== undefined) {
      if (from !== this.since || to !== this.mustBeToldUpTo || reason !== "expired" || count !== null)
        this.blame(`begun anew, but told of ${from} to ${to}`);
      this.mustBeToldUpTo = undefined;
      return;
    }
    if (from !== this.last) this.blame(`a gap from ${from}, but it stood at ${this.last}`);
    this.account({ from: this.last ?? 0, to, items: [], count, reason });
    this.last = to;
  }

  private batch({ prev, seq, items, count, shed }: BatchFrame): void {
    if (this.mustBeToldUpTo !== undefined) this.blame("begun anew and not told so");
    this.mustBeToldUpTo = undefined;
    if (count !== items.length) this.blame(`count ${count} for ${items.length} records`);
    if (prev !== this.last) this.blame(`${prev} does not follow ${this.last}`);
    if (seq <= (this.last ?? 0)) return this.blame(`${seq} came again, after ${this.last}`);
    this.account({
      from: this.last ?? 0,
      to: seq,
      items,
      count: shed?.count ?? 0,
      reason: shed?.reason,
    });
    this.show(items);
    this.last = seq;
    if (shed !== undefined) this.gaps += 1;
  }

  private account({ from, to, items, count, reason }: Told): void {
    const range = this.witness.chain.between(from, to);
    const given = new Set<number>();
    let before = from;
    for (const item of items) {
      if (item.seq <= before || item.seq > to)
        this.blame(`${item.seq} after ${before} in a range up to ${to}`);
      before = item.seq;
      given.add(item.seq);
      this.isRight(item);
    }
    if (given.size === range.length) {
      if (count !== 0 && count !== null)
        this.blame(`told of ${count} missing from ${from} to ${to}, none was`);
      return;
    }
    const missing = range.filter(({ seq }) => !given.has(seq));
    const owed = missing.filter(({ isRecalled }) => !isRecalled);
    const right = count === null ? reason === "expired" : count >= owed.length && count <= missing.length;
    if (!right)
      this.blame(
        `from ${from} to ${to} ${missing.length} are missing (${missing.length - owed.length} taken back), told: ${count}`,
      );
    const lost = owed.find((spot) => (reason === "slow" ? spot.isMust : this.isOwedWithinHorizon(spot)));
    if (lost !== undefined) this.blame(`${lost.kind} ${lost.seq} was withheld (${reason})`);
  }

  private isRight(item: Item): void {
    const [spot] = this.witness.chain.between(item.seq - 1, item.seq);
    if (spot === undefined) this.blame(`${item.seq} has no place in the chain`);
    else if (spot.id !== item.id || spot.n !== item.n || spot.kind !== item.kind)
      this.blame(`${item.seq} is not what the log has there`);
  }

  private show(items: readonly Item[]): void {
    for (const { seq } of items) {
      // What a fresh snapshot repeats was shown before.
      if (seq <= this.lastShown) continue;
      this.lastShown = seq;
      this.shown += 1;
    }
  }

  private isOwedWithinHorizon(spot: Spot): boolean {
    return spot.isKept && this.isWithinHorizon(spot);
  }

  private isWithinHorizon({ at }: Spot): boolean {
    return at >= this.witness.now() - this.witness.horizonMs;
  }

  /** Fails unless it has been brought to the head of the chain. */
  mustBeAtHead(when: string): void {
    const { head } = this.witness.chain;
    if (this.last !== head) this.blame(`${when}: stands at ${this.last}, the log at ${head}`);
  }

  private blame(what: string): void {
    this.witness.violation(`${this.name} in ${this.room}: ${what}`);
  }
}
