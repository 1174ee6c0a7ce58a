import type { LogRecord } from "@barrage/engine";
import type { Item } from "@barrage/protocol";

/** A record's place in its room's chain, by a fold of this file's own: it shares nothing with the engine's. */
export interface Spot {
  readonly seq: number;
  readonly n: number;
  readonly id: string;
  readonly kind: Item["kind"];
  readonly uid: string;
  readonly at: number;
  /** Control or paid: kept for whoever comes back. */
  readonly isKept: boolean;
  /** What host and moderators say, too: never withheld from who is merely slow. */
  readonly isMust: boolean;
  /** Taken back by a record after it: nobody has to be shown it any more. */
  isRecalled: boolean;
}

const KEPT: ReadonlySet<string> = new Set(["room-event", "recall", "superchat", "gift"]);

/** What the viewers of one room have to see, as the log says. */
export class Chain {
  readonly spots: Spot[] = [];
  private readonly byId = new Map<string, Spot>();
  private readonly mutedUntil = new Map<string, number>();

  take({ seq, entry }: LogRecord): void {
    const { kind, id, at, author } = entry;
    const isControl = kind === "room-event" || kind === "recall";
    const isSilent = !isControl && author.role !== "service" && (this.mutedUntil.get(author.uid) ?? 0) > at;
    if (isSilent) return;
    const isKept = KEPT.has(kind);
    const isMust = isKept || author.role === "host" || author.role === "moderator";
    const n = this.spots.length + 1;
    if (kind === "recall") {
      const { target } = entry;
      if ("id" in target) this.takeBack([this.byId.get(target.id)]);
      else this.takeBack(this.spots.filter(({ uid }) => uid === target.uid));
    }
    const spot: Spot = { seq, n, id, kind, uid: author.uid, at, isKept, isMust, isRecalled: false };
    this.spots.push(spot);
    this.byId.set(id, spot);
    if (kind !== "room-event") return;
    const { event } = entry;
    if (event.type === "mute") this.mutedUntil.set(event.uid, event.until ?? Number.POSITIVE_INFINITY);
    else if (event.type === "unmute") this.mutedUntil.delete(event.uid);
  }

  private takeBack(targets: readonly (Spot | undefined)[]): void {
    for (const spot of targets) {
      if (spot !== undefined && spot.kind !== "room-event" && spot.kind !== "recall") spot.isRecalled = true;
    }
  }

  get head(): number {
    return this.spots.at(-1)?.seq ?? 0;
  }

  /** Those after `from`, up to and with `to`. */
  between(from: number, to: number): readonly Spot[] {
    return this.spots.slice(this.indexAfter(from), this.indexAfter(to));
  }

  private indexAfter(seq: number): number {
    let low = 0;
    let high = this.spots.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.spots[middle]?.seq ?? 0) <= seq) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
