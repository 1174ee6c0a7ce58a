import type { SampleRate } from "@barrage/protocol";
import { fairShare } from "./fair-share.ts";
import type { Demand, FairShare } from "./fair-share.ts";

/** Senders of one second that are told apart; those beyond are shown nothing in it. */
const SENDERS_MAX = 8_192;
/** Seconds that a record may lie behind the newest one and still belong to its second: clocks of several ingests. */
const SKEW_S = 2;

const NOBODY: Demand = { bySender: new Map(), others: 0 };

/** What the sampler needs to know of a record. */
export interface Sampled {
  readonly kind: string;
  /** ms since 1970. */
  readonly at: number;
  readonly author: { readonly uid: string };
}

/**
 * Chooses, of a room's ordinary records in order, those that are shown: at most `ceiling` danmaku in each second of the
 * records' own time, fair by sender.
 *
 * Shape      a fold: what it says of a record depends on the records before it alone, not on when it is asked.
 * Bounds     SENDERS_MAX senders of two seconds.
 * Cost       O(1) a record, O(senders) a second.
 */
export class Sampler {
  private ceiling: number;
  private second = Number.NEGATIVE_INFINITY;
  private senders = new Map<string, number>();
  private others = 0;
  private share: FairShare;
  /** Danmaku of the second before, as far as there is room for them. */
  private expected = 0;
  private said = 0;
  private shown = 0;
  private further = 0;
  private minors = 0;
  private notice: SampleRate | undefined;
  private wasWithholding = false;

  constructor(ceiling: number) {
    this.ceiling = ceiling;
    this.share = fairShare(NOBODY, ceiling);
  }

  /** From now on; what was chosen in this second counts. */
  setCeiling(ceiling: number): void {
    this.ceiling = ceiling;
  }

  /** True: it is shown. */
  admit(record: Sampled): boolean {
    this.enter(Math.floor(record.at / 1_000));
    if (record.kind !== "danmaku") return this.admitMinor();
    return this.admitDanmaku(record.author.uid, (record.at % 1_000) / 1_000);
  }

  /** What viewers are to be told of the last full second, once. */
  takeNotice(): SampleRate | undefined {
    const { notice } = this;
    this.notice = undefined;
    return notice;
  }

  /** `passed`: how much of the second. */
  private admitDanmaku(uid: string, passed: number): boolean {
    this.said += 1;
    const nth = this.count(uid);
    if (nth === undefined || this.shown >= this.ceiling) return false;
    if (nth > this.share.each && !this.hasFurther(uid, nth, passed)) return false;
    this.shown += 1;
    return true;
  }

  /** Which one of this sender's in this second it is. */
  private count(uid: string): number | undefined {
    const before = this.senders.get(uid);
    if (before === undefined && this.senders.size >= SENDERS_MAX) {
      this.others += 1;
      return undefined;
    }
    const nth = (before ?? 0) + 1;
    this.senders.set(uid, nth);
    return nth;
  }

  private hasFurther(uid: string, nth: number, passed: number): boolean {
    const { each, oneMore, further } = this.share;
    if (this.further >= further) return false;
    if (oneMore !== undefined) {
      if (nth > each + 1) return false;
      // Drawn anew each second, so that over time everybody has the same part. A few lots fewer than there are places:
      // with as many, those who speak late in the second would find them taken; what is not taken in time is anybody's.
      const part = oneMore * (1 - 1 / Math.sqrt(further + 1));
      if (lot(uid, this.second) >= part && this.further >= further * passed - 0.5) return false;
    }
    this.further += 1;
    return true;
  }

  /** Likes and arrivals get what danmaku left over in the second before, and leave what they left over in this one. */
  private admitMinor(): boolean {
    const { ceiling, shown, minors, expected } = this;
    if (minors >= ceiling - expected || shown + minors >= ceiling) return false;
    this.minors += 1;
    return true;
  }

  private enter(second: number): void {
    if (second === this.second) return;
    // A clock that was set back by more begins anew; one that lags does not make the room's time run backwards.
    if (second < this.second && this.second - second <= SKEW_S) return;
    const isNext = second === this.second + 1;
    const isWithholding = this.shown < this.said;
    if (isWithholding || this.wasWithholding) this.notice = { shown: this.shown, of: this.said };
    this.wasWithholding = isWithholding;
    const before: Demand = isNext ? { bySender: this.senders, others: this.others } : NOBODY;
    this.share = fairShare(before, this.ceiling);
    this.expected = isNext ? Math.min(this.ceiling, this.said) : 0;
    this.second = second;
    this.senders = new Map();
    this.others = this.said = this.shown = this.further = this.minors = 0;
  }
}

/** A number from 0 to 1 that depends on sender and second alone: FNV-1a, and its bits mixed, as near ids are alike. */
function lot(uid: string, second: number): number {
  let hash = 0x811c_9dc5 ^ (second | 0);
  for (let i = 0; i < uid.length; i++) hash = Math.imul(hash ^ uid.charCodeAt(i), 0x0100_0193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85eb_ca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2_ae35);
  return ((hash ^ (hash >>> 16)) >>> 0) / 2 ** 32;
}
