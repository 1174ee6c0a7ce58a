import type { Context } from "@barrage/kernel";
import {
  SLOW_MODE_MAX_SECONDS,
  TITLE_MAX_GRAPHEMES,
  checkPolicies,
  isRoomId,
  isUserId,
  parseLine,
  protocolError,
} from "@barrage/protocol";
import type { Item, PolicyChange, RoomEvent, RoomPolicies, RoomView } from "@barrage/protocol";
import type { PolicyReport, Principal, PublishOutcome, RoomCommands } from "../engine.ts";
import { answerOf } from "../ingest/ingest.ts";
import type {
  Archive,
  ArchiveProgress,
  AuditEvent,
  AuditLog,
  HeldDanmaku,
  LogWriter,
  RecentWindow,
  RoomHeartbeats,
  UserEraser,
} from "../ports/index.ts";
import type { PolicyTally } from "../room/policies/tally.ts";
import { viewOf } from "../room/state.ts";
import type { RoomState } from "../room/state.ts";
import { requireHost, requireModerator } from "./authority.ts";
import type { RoomWriter } from "./room-writer.ts";

export interface CommandParts {
  readonly writer: RoomWriter;
  readonly heartbeats: RoomHeartbeats;
  readonly eraser: UserEraser;
  readonly log: Pick<LogWriter, "append" | "held" | "findHeld" | "dismiss">;
  readonly archive: Pick<Archive, "find">;
  readonly archived: ArchiveProgress;
  readonly window: Pick<RecentWindow, "read">;
  readonly audit: AuditLog;
  readonly tally: PolicyTally;
  readonly newId: () => string;
}

interface Target {
  readonly uid: string;
  readonly seconds: number | null;
}

/** A hundred years: whoever means longer means for ever, and says `null`. */
const SANCTION_MAX_SECONDS = 3_155_760_000;
const LIST_MAX = 500;

/** What people with power do to a room: checks who may, appends the record, notes it in the audit log. */
export class Commands implements RoomCommands {
  private readonly parts: CommandParts;

  constructor(parts: CommandParts) {
    this.parts = parts;
  }

  async create(
    who: Principal,
    room: { readonly id: string; readonly title?: string },
    ctx: Context,
  ): Promise<RoomView> {
    if (who.role !== "host" && who.role !== "service")
      throw protocolError("BARRAGE_FORBIDDEN", { role: "host" });
    if (!isRoomId(room.id))
      throw protocolError("BARRAGE_BAD_FIELD", { field: "id", rule: "must be 1 to 64 of A-Z a-z 0-9 _ -" });
    const title = room.title === undefined ? room.id : parseLine("title", room.title, TITLE_MAX_GRAPHEMES);
    if (await this.parts.writer.exists(room.id, ctx)) throw protocolError("BARRAGE_ROOM_EXISTS");
    const state = await this.parts.writer.make(room.id, { title, owner: who }, ctx);
    if (state.owner !== who.uid) throw protocolError("BARRAGE_ROOM_EXISTS");
    await this.note(who, { action: "create_room", room: room.id, detail: title }, ctx);
    return viewOf(state);
  }

  async heartbeat(who: Principal, room: string, ctx: Context): Promise<number> {
    await this.parts.heartbeats.beat(await this.asHost(who, room, ctx), who, ctx);
    return ctx.clock.wall();
  }

  async end(who: Principal, room: string, ctx: Context): Promise<void> {
    await this.parts.heartbeats.end(await this.asHost(who, room, ctx), who, ctx);
  }

  async close(who: Principal, room: string, ctx: Context): Promise<void> {
    await this.asHost(who, room, ctx);
    await this.parts.heartbeats.forget(room, ctx);
    await this.parts.writer.event(room, { author: who, type: "closed" }, ctx);
    await this.note(who, { action: "close", room }, ctx);
  }

  async setTitle(who: Principal, room: string, title: string, ctx: Context): Promise<void> {
    await this.asHost(who, room, ctx);
    const clean = parseLine("title", title, TITLE_MAX_GRAPHEMES);
    await this.parts.writer.event(room, { author: who, type: "title", title: clean }, ctx);
    await this.note(who, { action: "title", room, detail: clean }, ctx);
  }

  async setSlowMode(who: Principal, room: string, seconds: number, ctx: Context): Promise<void> {
    requireModerator(who, await this.open(room, ctx));
    requireSeconds(seconds, 0, SLOW_MODE_MAX_SECONDS);
    await this.parts.writer.event(room, { author: who, type: "slow_mode", seconds }, ctx);
    await this.note(who, { action: "slow_mode", room, detail: String(seconds) }, ctx);
  }

  async setPolicies(who: Principal, room: string, change: PolicyChange, ctx: Context): Promise<RoomPolicies> {
    requireModerator(who, await this.open(room, ctx));
    checkPolicies(change);
    await this.parts.writer.event(room, { author: who, type: "policies", change }, ctx);
    await this.note(who, { action: "policies", room, detail: sayChange(change) }, ctx);
    return (await this.parts.writer.state(room, ctx)).policies;
  }

  async policies(who: Principal, room: string, ctx: Context): Promise<PolicyReport> {
    const state = await this.parts.writer.state(room, ctx);
    requireModerator(who, state);
    return { policies: state.policies, counts: this.parts.tally.of(room) };
  }

  async mute(who: Principal, room: string, target: Target, ctx: Context): Promise<void> {
    await this.sanction(who, room, { ...target, type: "mute" }, ctx);
  }

  async ban(who: Principal, room: string, target: Target, ctx: Context): Promise<void> {
    await this.sanction(who, room, { ...target, type: "ban" }, ctx);
  }

  async unmute(who: Principal, room: string, uid: string, ctx: Context): Promise<void> {
    await this.lift(who, room, { type: "unmute", uid }, ctx);
  }

  async unban(who: Principal, room: string, uid: string, ctx: Context): Promise<void> {
    await this.lift(who, room, { type: "unban", uid }, ctx);
  }

  async recall(who: Principal, room: string, id: string, ctx: Context): Promise<void> {
    const state = await this.open(room, ctx);
    const item = await this.find(room, id, ctx);
    const isOwn = item !== undefined && item.author.uid === who.uid && item.kind === "danmaku";
    if (!isOwn) requireModerator(who, state);
    if (item === undefined) throw protocolError("BARRAGE_DANMAKU_UNKNOWN");
    await this.appendRecall(who, room, { id }, ctx);
    if (!isOwn) await this.note(who, { action: "recall", room, target: id }, ctx);
  }

  async clearUser(who: Principal, room: string, uid: string, ctx: Context): Promise<void> {
    requireModerator(who, await this.open(room, ctx));
    requireUser(uid);
    await this.appendRecall(who, room, { uid }, ctx);
    await this.note(who, { action: "clear_user", room, target: uid }, ctx);
  }

  async held(who: Principal, room: string, limit: number, ctx: Context): Promise<readonly HeldDanmaku[]> {
    requireModerator(who, await this.parts.writer.state(room, ctx));
    return this.parts.log.held(room, Math.min(limit, LIST_MAX), ctx);
  }

  async approve(who: Principal, room: string, id: string, ctx: Context): Promise<PublishOutcome> {
    requireModerator(who, await this.open(room, ctx));
    const held = await this.parts.log.findHeld(room, id, ctx);
    if (held === undefined) throw protocolError("BARRAGE_HELD_UNKNOWN");
    // Said when it was sent, seen when it is approved: its time is now, or a late joiner would find it out of order.
    const entry = { ...held.entry, at: ctx.clock.wall() };
    const outcome = await this.parts.log.append({ room, entry, releases: id }, ctx);
    await this.note(who, { action: "approve", room, target: id }, ctx);
    return answerOf(room, outcome);
  }

  async reject(who: Principal, room: string, id: string, ctx: Context): Promise<void> {
    requireModerator(who, await this.parts.writer.state(room, ctx));
    if (!(await this.parts.log.dismiss(room, id, ctx))) throw protocolError("BARRAGE_HELD_UNKNOWN");
    await this.note(who, { action: "reject", room, target: id }, ctx);
  }

  async audit(who: Principal, room: string, limit: number, ctx: Context): Promise<readonly AuditEvent[]> {
    requireModerator(who, await this.parts.writer.state(room, ctx));
    return this.parts.audit.list(room, Math.min(limit, LIST_MAX), ctx);
  }

  async eraseUser(who: Principal, uid: string, ctx: Context): Promise<number> {
    if (who.role !== "service") throw protocolError("BARRAGE_FORBIDDEN", { role: "service" });
    requireUser(uid);
    const { records, rooms } = await this.parts.eraser.erase(uid, ctx);
    for (const room of rooms) await this.appendRecall(who, room, { uid }, ctx);
    // The audit log itself must not keep the name that was to be forgotten.
    await this.note(who, { action: "erase_user", room: "*" }, ctx);
    return records;
  }

  // ---- pieces ----------------------------------------------------------------------------------------------

  private async open(room: string, ctx: Context): Promise<RoomState> {
    const state = await this.parts.writer.state(room, ctx);
    if (state.closed) throw protocolError("BARRAGE_ROOM_CLOSED");
    return state;
  }

  private async asHost(who: Principal, room: string, ctx: Context): Promise<RoomState> {
    const state = await this.open(room, ctx);
    requireHost(who, state);
    return state;
  }

  private async sanction(
    who: Principal,
    room: string,
    { type, uid, seconds }: Target & { readonly type: "mute" | "ban" },
    ctx: Context,
  ): Promise<void> {
    const state = await this.open(room, ctx);
    requireModerator(who, state);
    requireUser(uid);
    if (seconds !== null) requireSeconds(seconds, 1, SANCTION_MAX_SECONDS);
    if (uid === who.uid || uid === state.owner) throw protocolError("BARRAGE_FORBIDDEN", { role: "service" });
    const until = seconds === null ? null : ctx.clock.wall() + seconds * 1_000;
    await this.parts.writer.event(room, { author: who, type, uid, until }, ctx);
    const detail = seconds === null ? "for ever" : `${seconds} s`;
    await this.note(who, { action: type, room, target: uid, detail }, ctx);
  }

  private async lift(
    who: Principal,
    room: string,
    event: Extract<RoomEvent, { type: "unmute" | "unban" }>,
    ctx: Context,
  ): Promise<void> {
    requireModerator(who, await this.open(room, ctx));
    requireUser(event.uid);
    await this.parts.writer.event(room, { author: who, ...event }, ctx);
    await this.note(who, { action: event.type, room, target: event.uid }, ctx);
  }

  /** Mostly it was said just now and is in the window; if not, in the archive, which has to catch up first. */
  private async find(room: string, id: string, ctx: Context): Promise<Item | undefined> {
    const { window, archive, archived } = this.parts;
    const { items } = await window.read(room, 0, Number.POSITIVE_INFINITY, ctx);
    const recent = items.find((item) => item.id === id);
    if (recent !== undefined) return recent;
    await archived.reach(room, ctx);
    return archive.find(room, id, ctx);
  }

  private async appendRecall(
    who: Principal,
    room: string,
    target: { readonly id: string } | { readonly uid: string },
    ctx: Context,
  ): Promise<void> {
    const entry = {
      kind: "recall",
      id: this.parts.newId(),
      at: ctx.clock.wall(),
      author: who,
      target,
    } as const;
    await this.parts.writer.append(room, entry, ctx);
  }

  private async note(who: Principal, event: Omit<AuditEvent, "at" | "actor">, ctx: Context): Promise<void> {
    await this.parts.audit.record({ at: ctx.clock.wall(), actor: who.uid, ...event }, ctx);
  }
}

/** The change as one line of the audit log: "ceiling on 30, slow off 5 moderator,host,service". */
const sayChange = (change: PolicyChange): string =>
  Object.entries(change)
    .map(([name, policy]) => [name, ...Object.values({ ...policy }).map(String)].join(" "))
    .join(", ");

function requireUser(uid: string): void {
  if (!isUserId(uid))
    throw protocolError("BARRAGE_BAD_FIELD", {
      field: "uid",
      rule: "must be 1 to 64 of A-Z a-z 0-9 . _ : @ -",
    });
}

function requireSeconds(seconds: number, min: number, max: number): void {
  if (!Number.isSafeInteger(seconds) || seconds < min || seconds > max) {
    throw protocolError("BARRAGE_BAD_FIELD", {
      field: "seconds",
      rule: `must be an integer from ${min} to ${max}`,
    });
  }
}
