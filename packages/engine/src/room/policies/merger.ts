import type { MergedCount, RecallEntry } from "@barrage/protocol";
import { RecentTexts } from "./recent-texts.ts";
import { textKey } from "./text-key.ts";

/** Groups of one room that are open at once, and UTF-16 units of their keys; beyond either the oldest is closed. */
const BOUNDS = { texts: 1_024, units: 65_536 };

interface Group {
  readonly seq: number;
  readonly id: string;
  readonly uid: string;
  readonly content: string;
  /** ms since 1970: what comes later begins a group of its own. */
  readonly until: number;
  count: number;
}

/** A danmaku as the merger sees it. */
export interface Mergeable {
  readonly seq: number;
  readonly id: string;
  readonly author: { readonly uid: string };
  readonly at: number;
  readonly content: string;
}

/**
 * The danmaku of a room that others may be merged into: those that were shown within the window.
 *
 * Shape      a fold over the room's records in order; time is the records' own.
 */
export class Merger {
  private windowMs: number;
  private readonly groups = new RecentTexts<Group>(BOUNDS);

  constructor(windowMs: number) {
    this.windowMs = windowMs;
  }

  /** Of groups that begin from now on. */
  setWindow(windowMs: number): void {
    this.windowMs = windowMs;
  }

  /** Counts the danmaku into the open group that says the same; `undefined` where there is none. */
  join({ at, content }: Mergeable): MergedCount | undefined {
    this.groups.forgetWhile(({ until }) => until <= at);
    const group = this.groups.get(textKey(content));
    if (group === undefined || group.until <= at) return undefined;
    group.count += 1;
    return { seq: group.seq, count: group.count, content: group.content };
  }

  /** The danmaku is shown: what says the same later is merged into it. */
  open({ seq, id, author: { uid }, at, content }: Mergeable): void {
    this.groups.add(textKey(content), { seq, id, uid, content, until: at + this.windowMs, count: 1 });
  }

  /** What was taken back nobody sees any more: what says the same begins anew. */
  recall(target: RecallEntry["target"]): void {
    this.groups.deleteIf(({ id, uid }) => ("id" in target ? target.id === id : target.uid === uid));
  }
}
