import { protocolError } from "@barrage/protocol";
import type { Author, BarrageError } from "@barrage/protocol";
import type { Caller } from "../engine.ts";
import type { PolicyTally } from "../room/policies/tally.ts";
import { isBanned, isMuted } from "../room/state.ts";
import type { RoomState } from "../room/state.ts";
import type { EngineSettings } from "../settings.ts";
import { SlowMode } from "./slow-mode.ts";
import { TokenBuckets } from "./token-buckets.ts";
import { UniqueMode } from "./unique-mode.ts";

/** Clocks of one decision: `now` monotonic, `wall` ms since 1970. */
export interface Moment {
  readonly now: number;
  readonly wall: number;
}

/** A danmaku that wants to be said. */
export interface Said {
  readonly author: Author;
  readonly content: string;
  /** Tells tries of one danmaku from two danmaku; absent where the client gave no id. */
  readonly key: string | undefined;
}

const MODERATORS_OF_ALL: ReadonlySet<string> = new Set(["moderator", "host", "service"]);
/** Exempt from unique mode and from the keyword list. */
export const isTrusted = (author: Author): boolean => MODERATORS_OF_ALL.has(author.role);

const limited = (scope: string, retryAfterMs: number): BarrageError =>
  protocolError("BARRAGE_RATE_LIMITED", { scope, retryAfterMs });

/** Who may publish to a room now, and how often. */
export class Admission {
  private readonly users: TokenBuckets;
  private readonly rooms: TokenBuckets;
  private readonly addresses: TokenBuckets;
  private readonly slowMode = new SlowMode();
  private readonly uniqueMode = new UniqueMode();
  private readonly tally: PolicyTally;

  constructor(limits: EngineSettings["limits"], tally: PolicyTally) {
    this.tally = tally;
    this.users = new TokenBuckets(limits.user);
    this.rooms = new TokenBuckets(limits.room);
    this.addresses = new TokenBuckets(limits.address);
  }

  /** Before anything is read or written: a flood from one address costs nothing but this. A service stands for many users. */
  checkAddress({ principal, address }: Caller, { now }: Moment): void {
    if (principal.role === "service") return;
    const wait = this.addresses.take(address, now);
    if (wait > 0) throw limited("address", wait);
  }

  /** Errors: BARRAGE_ROOM_CLOSED, _BANNED, _MUTED. */
  checkStanding(state: RoomState, author: Author, { wall }: Moment): void {
    if (state.closed) throw protocolError("BARRAGE_ROOM_CLOSED");
    if (isBanned(state, author.uid, wall)) throw protocolError("BARRAGE_BANNED");
    if (isMuted(state, author.uid, wall)) throw protocolError("BARRAGE_MUTED");
  }

  /** Errors: BARRAGE_RATE_LIMITED. */
  checkRate(state: RoomState, caller: Caller, author: Author, { now }: Moment): void {
    if (caller.principal.role === "service") return;
    const user = this.users.take(author.uid, now);
    if (user > 0) throw limited("user", user);
    const room = this.rooms.take(state.id, now);
    if (room > 0) throw limited("room", room);
  }

  /** Notes that the user speaks; answers how to take that back. Errors: BARRAGE_SLOW_MODE, BARRAGE_NOT_UNIQUE. */
  enterModes(state: RoomState, said: Said, moment: Moment): () => void {
    const leaveSlow = this.enterSlowMode(state, said.author, moment);
    try {
      const leaveUnique = this.enterUniqueMode(state, said, moment);
      return () => {
        leaveSlow();
        leaveUnique();
      };
    } catch (refusal) {
      leaveSlow();
      throw refusal;
    }
  }

  private enterSlowMode({ id, policies }: RoomState, { uid, role }: Author, { now }: Moment): () => void {
    const { mode, seconds, exempt } = policies.slow;
    if (mode === "off" || exempt.includes(role)) return nothing;
    const wait = this.slowMode.enter(id, uid, seconds, now);
    if (wait === 0) return () => this.slowMode.undo(id, uid);
    this.tally.add(id, "slow", mode);
    if (mode === "dry_run") return nothing;
    throw protocolError("BARRAGE_SLOW_MODE", { seconds: Math.ceil(wait / 1_000), retryAfterMs: wait });
  }

  private enterUniqueMode({ id, policies: { unique } }: RoomState, said: Said, { now }: Moment): () => void {
    const { mode } = unique;
    if (mode === "off") return nothing;
    const saying = { content: said.content, key: said.key, now };
    // What somebody says who may repeat is said all the same.
    const wait = this.uniqueMode.enter(id, saying, unique);
    if (wait === 0) return () => this.uniqueMode.undo(id, saying);
    if (isTrusted(said.author)) return nothing;
    this.tally.add(id, "unique", mode);
    if (mode === "dry_run") return nothing;
    throw protocolError("BARRAGE_NOT_UNIQUE", { retryAfterMs: wait });
  }
}

const nothing = (): void => undefined;
