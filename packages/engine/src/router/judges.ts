import type { Context } from "@barrage/kernel";
import { changePolicies } from "@barrage/protocol";
import type { Item, RoomPolicies, SampleRate } from "@barrage/protocol";
import type { Head, RecentWindow } from "../ports/index.ts";
import { RecentMap } from "../recent-map.ts";
import { Judge, policyChangeOf, watchesRecords } from "../room/policies/judge.ts";
import type { RoomItem } from "../room/policies/room-item.ts";
import type { PolicyTally } from "../room/policies/tally.ts";

/** Rooms whose judge is kept, those that were asked last; one that was forgotten is made again from its room's window. */
const JUDGES_MAX = 1_024;

/** A room as far as its records have been judged. */
export interface JudgedRoom {
  readonly room: string;
  readonly head: Head;
  policies: RoomPolicies;
}

export interface Judged {
  readonly items: readonly RoomItem[];
  readonly rate?: SampleRate;
}

/** Decides for each room, in the order of its records, which of them its viewers are shown. */
export class Judges {
  private readonly window: Pick<RecentWindow, "read">;
  private readonly tally: PolicyTally;
  private readonly judges = new RecentMap<string, Judge>(JUDGES_MAX);

  constructor(window: Pick<RecentWindow, "read">, tally: PolicyTally) {
    this.window = window;
    this.tally = tally;
  }

  /** The records after `of.head`; `of.policies` is then as they leave it. Errors: the window's; nothing has changed then. */
  async judge(of: JudgedRoom, items: readonly Item[], ctx: Context): Promise<Judged> {
    const before = of.policies;
    let after = before;
    for (const item of items) {
      const change = policyChangeOf(item);
      if (change !== undefined) after = changePolicies(after, change);
    }
    // Nearly always: nothing to decide, and nobody who has to remember anything.
    if (!watchesRecords(before) && after === before) return { items };
    const judge = await this.judgeOf(of, ctx);
    of.policies = after;
    const judged = items.map((item) => judge.judge(item));
    if (!watchesRecords(of.policies)) this.judges.delete(of.room);
    const rate = judge.takeNotice();
    return rate === undefined ? { items: judged } : { items: judged, rate };
  }

  private async judgeOf(room: JudgedRoom, ctx: Context): Promise<Judge> {
    const judge = this.judges.get(room.room) ?? (await this.make(room, ctx));
    this.judges.set(room.room, judge);
    return judge;
  }

  /** One that knows what was said last, so that a restart changes nothing. */
  private async make({ room, head, policies }: JudgedRoom, ctx: Context): Promise<Judge> {
    let counts = false;
    const judge = new Judge(policies, (policy, mode) => {
      if (counts) this.tally.add(room, policy, mode);
    });
    if (watchesRecords(policies)) {
      const { items } = await this.window.read(room, 0, Number.POSITIVE_INFINITY, ctx);
      for (const item of items) if (item.seq <= head.seq) judge.judge(item);
      judge.takeNotice();
    }
    counts = true;
    return judge;
  }
}
