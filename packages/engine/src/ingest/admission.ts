import { protocolError } from "@barrage/protocol";
import type { Author, BarrageError } from "@barrage/protocol";
import type { Caller } from "../engine.ts";
import { isBanned, isMuted } from "../room/state.ts";
import type { RoomState } from "../room/state.ts";
import type { EngineSettings } from "../settings.ts";
import { SlowMode } from "./slow-mode.ts";
import { TokenBuckets } from "./token-buckets.ts";

/** Clocks of one decision: `now` monotonic, `wall` ms since 1970. */
export interface Moment {
  readonly now: number;
  readonly wall: number;
}

const MODERATORS_OF_ALL: ReadonlySet<string> = new Set(["moderator", "host", "service"]);
/** Exempt from slow mode and from the keyword list. */
export const isTrusted = (author: Author): boolean => MODERATORS_OF_ALL.has(author.role);

const limited = (scope: string, retryAfterMs: number): BarrageError =>
  protocolError("BARRAGE_RATE_LIMITED", { scope, retryAfterMs });

/** Who may publish to a room now, and how often. */
export class Admission {
  private readonly users: TokenBuckets;
  private readonly rooms: TokenBuckets;
  private readonly addresses: TokenBuckets;
  private readonly slowMode = new SlowMode();

  constructor(limits: EngineSettings["limits"]) {
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

  /** Notes that the user speaks. Errors: BARRAGE_SLOW_MODE. */
  enterSlowMode(state: RoomState, author: Author, { now }: Moment): void {
    if (state.slowModeSeconds === 0 || isTrusted(author)) return;
    const wait = this.slowMode.enter(state.id, author.uid, state.slowModeSeconds, now);
    if (wait > 0)
      throw protocolError("BARRAGE_SLOW_MODE", { seconds: Math.ceil(wait / 1_000), retryAfterMs: wait });
  }

  undoSlowMode(state: RoomState, author: Author): void {
    if (state.slowModeSeconds > 0) this.slowMode.undo(state.id, author.uid);
  }
}
