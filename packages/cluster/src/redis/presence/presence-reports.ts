import { createHmac } from "node:crypto";
import type { Context } from "@barrage/kernel";
import { callForEach } from "../calls-for-each.ts";
import { tellOften } from "../tell-often.ts";
import type { RedisPresence } from "./redis-presence.ts";

/** Who has come: a user, or, without one, whoever has this address. */
export type Visitor = { readonly uid: string } | { readonly address: string };

export interface PresenceReportsOptions {
  /** How often this gateway's counts are reported, ms. */
  readonly everyMs: number;
  /** How long what another gateway reported last is given, ms: as long as Redis itself would count it. */
  readonly lifeMs: number;
  /** Users that wait to be counted as unique viewers; of more, some are left out. */
  readonly maxPending: number;
}

/** A report holds for three of these; a hundred thousand users who come within five seconds are twenty thousand joins a second. */
export const REPORT_DEFAULTS: PresenceReportsOptions = {
  everyMs: 5_000,
  lifeMs: 15_000,
  maxPending: 100_000,
};

/** How long the withdrawal of this gateway's counts may take at its end, ms; what is not withdrawn expires. */
const WITHDRAW_MS = 2_000;

/** Begins an address among those that came, and its hash in Redis: no user id does. */
const UNNAMED = "~";

interface Told {
  readonly viewers: number;
  /** `clock.now()`. */
  readonly at: number;
}

/**
 * This gateway's part in the rooms' viewer counts: what it has is told to the others, and what these have is known here.
 *
 * Shape      one task, `run`; `elsewhere` answers from memory.
 * Bounds     rooms with viewers here, and `maxPending` users.
 */
export class PresenceReports {
  private readonly presence: Pick<RedisPresence, "report" | "seen" | "salt">;
  private readonly counts: () => Iterable<readonly [room: string, viewers: number]>;
  private readonly options: PresenceReportsOptions;
  private told = new Map<string, Told>();
  /** Rooms that Redis has a count of ours for, as far as is known. */
  private reported = new Set<string>();
  private came = new Map<string, Set<string>>();
  private salt: string | undefined;
  private pending = 0;
  private now = (): number => 0;
  private failures = 0;
  private uncounted = 0;

  /** `counts`: each room that somebody is in here, with the number of viewers. */
  constructor(
    presence: Pick<RedisPresence, "report" | "seen" | "salt">,
    counts: () => Iterable<readonly [room: string, viewers: number]>,
    options: PresenceReportsOptions = REPORT_DEFAULTS,
  ) {
    this.presence = presence;
    this.counts = counts;
    this.options = options;
  }

  get figures(): { readonly rooms: number; readonly failed: number; readonly uncounted: number } {
    return { rooms: this.reported.size, failed: this.failures, uncounted: this.uncounted };
  }

  /** Viewers of the room in other gateways, as of the last report. */
  elsewhere(room: string): number {
    const told = this.told.get(room);
    return told === undefined || this.now() - told.at > this.options.lifeMs ? 0 : told.viewers;
  }

  /** A viewer has come: counted among the room's unique viewers with the next report. */
  joined(room: string, visitor: Visitor): void {
    this.await(room, "uid" in visitor ? visitor.uid : UNNAMED + visitor.address);
  }

  private await(room: string, who: string): void {
    let all = this.came.get(room);
    if (all?.has(who) === true) return;
    if (this.pending >= this.options.maxPending) {
      this.uncounted += 1;
      return;
    }
    if (all === undefined) this.came.set(room, (all = new Set()));
    all.add(who);
    this.pending += 1;
  }

  /** Reports until cancelled, then withdraws what it reported. */
  run(ctx: Context): Promise<void> {
    this.now = () => ctx.clock.now();
    const telling = {
      everyMs: this.options.everyMs,
      takeBackMs: WITHDRAW_MS,
      tell: (own: Context) => this.report(own),
      takeBack: (own: Context) => this.withdraw(own),
      notTakenBack: () => void (this.failures += 1),
    };
    return tellOften(telling, ctx);
  }

  private async report(ctx: Context): Promise<void> {
    const counts = new Map(this.counts());
    const before = this.reported;
    this.reported = new Set([...before, ...counts.keys()]);
    // Nobody is there any more: said once, and then no more.
    for (const room of before) if (!counts.has(room)) counts.set(room, 0);
    const told = new Map<string, Told>();
    for (const room of counts.keys()) {
      const last = this.told.get(room);
      if (last !== undefined) told.set(room, last);
    }
    this.told = told;
    try {
      await this.presence.report(counts, ctx, (room, viewers) => {
        this.told.set(room, { viewers, at: this.now() });
        if (counts.get(room) === 0) this.forget(room);
      });
      await this.tellSeen(ctx);
    } catch {
      ctx.throwIfCancelled();
      // Redis is away: the others count what was reported last until it expires, and the next report comes.
      this.failures += 1;
    }
  }

  private async tellSeen(ctx: Context): Promise<void> {
    if (this.pending === 0) return;
    const salt = (this.salt ??= await this.presence.salt(ctx));
    const { came } = this;
    this.came = new Map();
    this.pending = 0;
    await callForEach(came, async ([room, all]) => {
      const ids = Array.from(all, (who) => (who.startsWith(UNNAMED) ? hashOf(who, salt) : who));
      try {
        await this.presence.seen(room, ids, ctx);
      } catch (error) {
        // They wait for the next report.
        for (const who of all) this.await(room, who);
        throw error;
      }
    });
  }

  private forget(room: string): void {
    this.reported.delete(room);
    this.told.delete(room);
  }

  private withdraw(ctx: Context): Promise<void> {
    const nobody = [...this.reported].map((room) => [room, 0] as const);
    this.reported = new Set();
    this.told = new Map();
    return this.presence.report(nobody, ctx);
  }
}

const hashOf = (who: string, salt: string): string =>
  UNNAMED + createHmac("sha256", salt).update(who).digest("base64url");
