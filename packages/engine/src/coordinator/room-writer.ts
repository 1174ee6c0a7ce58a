import { SingleFlight } from "@barrage/kernel";
import type { Context, Scope } from "@barrage/kernel";
import { SYSTEM_AUTHOR, protocolError } from "@barrage/protocol";
import type { Author, Entry, RoomEvent } from "@barrage/protocol";
import type { DanmakuLog } from "../ports/index.ts";
import type { Progress } from "../progress.ts";
import type { Rooms } from "../room/rooms.ts";
import type { RoomState } from "../room/state.ts";
import type { EngineSettings } from "../settings.ts";

export interface RoomWriterParts {
  readonly log: DanmakuLog;
  readonly rooms: Rooms;
  readonly folded: Progress;
  readonly settings: EngineSettings["rooms"];
  readonly newId: () => string;
  /** Owns the making of rooms, which goes on when the first who asked hangs up. */
  readonly scope: Scope;
}

/** A change of a room, and who makes it. */
type AuthoredEvent = RoomEvent & { readonly author: Author };

/** Appends control records and waits until they are part of the room's state, so that the caller reads its own write. */
export class RoomWriter {
  private readonly parts: RoomWriterParts;
  private readonly making: SingleFlight<string, RoomState>;

  constructor(parts: RoomWriterParts) {
    this.parts = parts;
    this.making = new SingleFlight({ name: "make room", scope: parts.scope });
  }

  /** seq up to which records are part of the rooms' states. */
  get foldedSeq(): number {
    return this.parts.rooms.seq;
  }

  exists(room: string): boolean {
    return this.parts.rooms.get(room) !== undefined;
  }

  /** Errors: BARRAGE_ROOM_UNKNOWN. */
  state(room: string): RoomState {
    const state = this.parts.rooms.get(room);
    if (state === undefined) throw protocolError("BARRAGE_ROOM_UNKNOWN");
    return state;
  }

  /** The room, made now if rooms are made on first use. Errors: BARRAGE_ROOM_UNKNOWN, BARRAGE_OVERLOADED. */
  async require(room: string, ctx: Context): Promise<RoomState> {
    const state = this.parts.rooms.get(room);
    if (state !== undefined) return state;
    if (!this.parts.settings.autoCreate) throw protocolError("BARRAGE_ROOM_UNKNOWN");
    return this.making.do(room, (own) => this.make(room, { title: room, owner: SYSTEM_AUTHOR }, own), ctx);
  }

  /** Makes the room; whoever comes second gets the first one's. */
  async make(
    room: string,
    { title, owner }: { title: string; owner: Author },
    ctx: Context,
  ): Promise<RoomState> {
    if (this.parts.rooms.size >= this.parts.settings.max) throw protocolError("BARRAGE_OVERLOADED");
    const { policies = {} } = this.parts.settings;
    const begins = Object.keys(policies).length === 0 ? {} : { policies };
    await this.event(
      room,
      { author: owner, type: "created", title, owner: owner.uid, ...begins },
      ctx,
      `created ${room}`,
    );
    return this.state(room);
  }

  /** `once`: the same text appends once, ever. Resolves when folded. */
  async event(room: string, { author, ...event }: AuthoredEvent, ctx: Context, once?: string): Promise<void> {
    const entry: Entry = { kind: "room-event", id: this.parts.newId(), at: ctx.clock.wall(), author, event };
    await this.append(room, entry, ctx, once);
  }

  async append(room: string, entry: Entry, ctx: Context, once?: string): Promise<void> {
    const key = once === undefined ? {} : { key: { scope: "control", id: once, bodyHash: "" } };
    const outcome = await this.parts.log.append({ room, entry, ...key }, ctx);
    if (outcome.status !== "held") await this.parts.folded.wait(outcome.seq, ctx);
  }
}
