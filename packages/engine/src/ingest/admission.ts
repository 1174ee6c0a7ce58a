import type { Context } from "@barrage/kernel";
import { protocolError } from "@barrage/protocol";
import type { Author, BarrageError } from "@barrage/protocol";
import type { Caller } from "../engine.ts";
import type { LimitStores, Saying, Soon } from "../ports/index.ts";
import type { PolicyTally } from "../room/policies/tally.ts";
import { isBanned, isMuted } from "../room/state.ts";
import type { RoomState } from "../room/state.ts";
import { andThen, isLater } from "../soon.ts";

/** A danmaku that wants to be said, and who says it. */
export interface Said extends Saying {
  readonly author: Author;
}

/** Takes back that somebody spoke: it was not said after all. */
export type Leave = (ctx: Context) => Soon<void>;

const MODERATORS_OF_ALL: ReadonlySet<string> = new Set(["moderator", "host", "service"]);
/** Exempt from unique mode and from the keyword list. */
export const isTrusted = (author: Author): boolean => MODERATORS_OF_ALL.has(author.role);

const limited = (scope: string, retryAfterMs: number): BarrageError =>
  protocolError("BARRAGE_RATE_LIMITED", { scope, retryAfterMs });

/** Refuses who would have to wait. */
const refuser =
  (scope: string) =>
  (waitMs: number): void => {
    if (waitMs > 0) throw limited(scope, waitMs);
  };
const refuseAddress = refuser("address");
const refuseUser = refuser("user");
const refuseRoom = refuser("room");

/** Who may publish to a room now, and how often. Where limits are kept in this process nothing of it waits. */
export class Admission {
  private readonly limits: LimitStores;
  private readonly tally: PolicyTally;

  constructor(limits: LimitStores, tally: PolicyTally) {
    this.limits = limits;
    this.tally = tally;
  }

  /** Before anything is read or written: a flood from one address costs nothing but this. A service stands for many users. */
  checkAddress({ principal, address }: Caller, ctx: Context): Soon<void> {
    if (principal.role === "service") return undefined;
    return andThen(this.limits.addresses.take(address, ctx), refuseAddress);
  }

  /** `now`: wall clock, ms. Errors: BARRAGE_ROOM_CLOSED, _BANNED, _MUTED. */
  checkStanding(state: RoomState, author: Author, now: number): void {
    if (state.closed) throw protocolError("BARRAGE_ROOM_CLOSED");
    if (isBanned(state, author.uid, now)) throw protocolError("BARRAGE_BANNED");
    if (isMuted(state, author.uid, now)) throw protocolError("BARRAGE_MUTED");
  }

  /** Errors: BARRAGE_RATE_LIMITED. */
  checkRate(state: RoomState, caller: Caller, author: Author, ctx: Context): Soon<void> {
    if (caller.principal.role === "service") return undefined;
    const { users, rooms } = this.limits;
    const user = andThen(users.take(author.uid, ctx), refuseUser);
    return andThen(user, () => andThen(rooms.take(state.id, ctx), refuseRoom));
  }

  /** Notes that the user speaks; answers how to take that back. Errors: BARRAGE_SLOW_MODE, BARRAGE_NOT_UNIQUE. */
  enterModes(state: RoomState, said: Said, ctx: Context): Soon<Leave> {
    const { slow, unique } = state.policies;
    if (slow.mode === "off" && unique.mode === "off") return nothing;
    return this.enterBoth(state, said, ctx);
  }

  private async enterBoth(state: RoomState, said: Said, ctx: Context): Promise<Leave> {
    const leaveSlow = await this.enterSlowMode(state, said.author, ctx);
    try {
      const leaveUnique = await this.enterUniqueMode(state, said, ctx);
      return async (own) => {
        await leaveSlow(own);
        await leaveUnique(own);
      };
    } catch (refusal) {
      await leaveSlow(ctx);
      throw refusal;
    }
  }

  private enterSlowMode({ id, policies }: RoomState, { uid, role }: Author, ctx: Context): Soon<Leave> {
    const { mode, seconds, exempt } = policies.slow;
    if (mode === "off" || exempt.includes(role)) return nothing;
    const { slowMode } = this.limits;
    return andThen(slowMode.enter(id, uid, seconds, ctx), (wait) => {
      if (wait === 0) return (own) => orWait(slowMode.undo(id, uid, own));
      this.tally.add(id, "slow", mode);
      if (mode === "dry_run") return nothing;
      throw protocolError("BARRAGE_SLOW_MODE", { seconds: Math.ceil(wait / 1_000), retryAfterMs: wait });
    });
  }

  private enterUniqueMode({ id, policies: { unique } }: RoomState, said: Said, ctx: Context): Soon<Leave> {
    const { mode } = unique;
    if (mode === "off") return nothing;
    const { uniqueMode } = this.limits;
    const { author, ...saying } = said;
    return andThen(uniqueMode.enter(id, saying, unique, ctx), (wait) => {
      if (wait === 0) return (own) => orWait(uniqueMode.undo(id, saying, own));
      // What somebody says who may repeat is said all the same.
      if (isTrusted(author)) return nothing;
      this.tally.add(id, "unique", mode);
      if (mode === "dry_run") return nothing;
      throw protocolError("BARRAGE_NOT_UNIQUE", { retryAfterMs: wait });
    });
  }
}

const nothing: Leave = () => undefined;

/** Who could not be set back waits as if it had been said; the caller is told why it was not. */
const orWait = (undo: Soon<void>): Soon<void> => (isLater(undo) ? undo.catch(() => undefined) : undo);
