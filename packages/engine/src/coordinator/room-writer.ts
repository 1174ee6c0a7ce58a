import { Backoff, SingleFlight, sleep } from "@barrage/kernel";
import type { Context, Scope } from "@barrage/kernel";
import { BarrageError, SYSTEM_AUTHOR, protocolError } from "@barrage/protocol";
import type { Author, Entry, RoomEvent } from "@barrage/protocol";
import type { LogWriter, RoomPlaces, RoomStates, Soon } from "../ports/index.ts";
import type { RoomState } from "../room/state.ts";
import type { EngineSettings } from "../settings.ts";
import { andThen } from "../soon.ts";

export interface RoomWriterParts {
  readonly log: Pick<LogWriter, "append">;
  readonly states: RoomStates;
  readonly places: RoomPlaces;
  readonly settings: EngineSettings["rooms"];
  readonly newId: () => string;
  /** Owns the making of rooms, which goes on when the first who asked hangs up. */
  readonly scope: Scope;
}

/**
 * How long a room that another process is making is waited for, ms: that takes some ten ms, and what died while it did
 * so holds its claim for longer than a viewer should wait.
 */
const MAKE_WITHIN_MS = 2_000;
/** Between two tries, ms. */
const PAUSES = { base: 10, max: 200, jitter: "none" } as const;

interface NewRoom {
  readonly title: string;
  readonly owner: Author;
}

/** A change of a room, and who makes it. */
type AuthoredEvent = RoomEvent & { readonly author: Author };

/** Appends control records and waits until they are part of the room's state, so that the caller reads its own write. */
export class RoomWriter {
  private readonly parts: RoomWriterParts;
  private readonly making: SingleFlight<string, RoomState>;
  /** Questions that all who join a room share. */
  private readonly asking: SingleFlight<string, RoomState | undefined>;

  constructor(parts: RoomWriterParts) {
    this.parts = parts;
    this.making = new SingleFlight({ name: "make room", scope: parts.scope });
    this.asking = new SingleFlight({ name: "room state", scope: parts.scope });
  }

  async exists(room: string, ctx: Context): Promise<boolean> {
    return (await this.parts.states.fresh(room, ctx)) !== undefined;
  }

  /** As of now. Errors: BARRAGE_ROOM_UNKNOWN. */
  state(room: string, ctx: Context): Soon<RoomState> {
    return andThen(this.parts.states.fresh(room, ctx), known);
  }

  /** The room, made now if rooms are made on first use. Errors: BARRAGE_ROOM_UNKNOWN, BARRAGE_OVERLOADED. */
  require(room: string, ctx: Context): Soon<RoomState> {
    return andThen(this.parts.states.find(room, ctx), (state) => state ?? this.makeOnFirstUse(room, ctx));
  }

  /** The room with its records up to `seq` at least, unless nobody has them any more. Errors: as `require`. */
  requireAt(room: string, seq: number, ctx: Context): Soon<RoomState> {
    return andThen(this.require(room, ctx), (state) =>
      state.head.seq >= seq ? state : this.askFor(state, seq, ctx),
    );
  }

  /** What was asked before this call may be answered with less than `seq`; what is asked after it is not. */
  private async askFor(known: RoomState, seq: number, ctx: Context): Promise<RoomState> {
    const ask = (): Promise<RoomState | undefined> =>
      this.asking.do(known.id, async (own) => this.parts.states.fresh(known.id, own), ctx);
    const first = await ask();
    if (first !== undefined && first.head.seq >= seq) return first;
    return (await ask()) ?? known;
  }

  private makeOnFirstUse(room: string, ctx: Context): Promise<RoomState> {
    if (!this.parts.settings.autoCreate) throw protocolError("BARRAGE_ROOM_UNKNOWN");
    return this.making.do(room, (own) => this.makePatiently(room, own), ctx);
  }

  /** Another process may be making the room just now: then it is there with one of the next tries. */
  private async makePatiently(room: string, ctx: Context): Promise<RoomState> {
    await this.takePlace(room, ctx);
    const until = ctx.clock.now() + MAKE_WITHIN_MS;
    const backoff = new Backoff(PAUSES);
    for (;;) {
      try {
        return await this.write(room, { title: room, owner: SYSTEM_AUTHOR }, ctx);
      } catch (error) {
        const isTaken = BarrageError.is(error) && error.code === "BARRAGE_LOG_UNAVAILABLE";
        const pause = backoff.next();
        if (!isTaken || ctx.clock.now() + pause > until) throw error;
        await sleep(pause, ctx);
      }
    }
  }

  /** Makes the room; whoever comes second gets the first one's. Errors: BARRAGE_OVERLOADED. */
  async make(room: string, as: NewRoom, ctx: Context): Promise<RoomState> {
    await this.takePlace(room, ctx);
    return this.write(room, as, ctx);
  }

  /** Errors: BARRAGE_OVERLOADED. */
  private async takePlace(room: string, ctx: Context): Promise<void> {
    if (!(await this.parts.places.take(room, ctx))) throw protocolError("BARRAGE_OVERLOADED");
  }

  private async write(room: string, { title, owner }: NewRoom, ctx: Context): Promise<RoomState> {
    const { policies = {} } = this.parts.settings;
    const begins = Object.keys(policies).length === 0 ? {} : { policies };
    await this.event(
      room,
      { author: owner, type: "created", title, owner: owner.uid, ...begins },
      ctx,
      `created ${room}`,
    );
    return this.state(room, ctx);
  }

  /** `once`: the same text appends once, ever. Resolves when it is part of the room's state. */
  async event(room: string, { author, ...event }: AuthoredEvent, ctx: Context, once?: string): Promise<void> {
    const entry: Entry = { kind: "room-event", id: this.parts.newId(), at: ctx.clock.wall(), author, event };
    await this.append(room, entry, ctx, once);
  }

  async append(room: string, entry: Entry, ctx: Context, once?: string): Promise<void> {
    const key = once === undefined ? {} : { key: { scope: "control", id: once, bodyHash: "" } };
    const outcome = await this.parts.log.append({ room, entry, ...key }, ctx);
    if (outcome.status !== "held") await this.parts.states.reached(room, outcome.seq, ctx);
  }
}

/** Errors: BARRAGE_ROOM_UNKNOWN. */
function known(state: RoomState | undefined): RoomState {
  if (state === undefined) throw protocolError("BARRAGE_ROOM_UNKNOWN");
  return state;
}
