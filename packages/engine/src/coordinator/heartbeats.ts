import { Ticker } from "@barrage/kernel";
import type { Context } from "@barrage/kernel";
import { SYSTEM_AUTHOR } from "@barrage/protocol";
import type { Author } from "@barrage/protocol";
import type { RoomHeartbeats, Soon } from "../ports/index.ts";
import type { Rooms } from "../room/rooms.ts";
import type { RoomState } from "../room/state.ts";
import type { RoomWriter } from "./room-writer.ts";

/** How often deadlines are looked at: a room goes offline at most this late. */
const CHECK_MS = 1_000;

/** Which live rooms have a streamer that is still there. A missed deadline becomes an `offline` record of the room. */
export class Heartbeats implements RoomHeartbeats {
  private readonly rooms: Rooms;
  private readonly writer: RoomWriter;
  private readonly timeoutMs: number;
  /** Room to the moment, `clock.now()`, at which it goes offline. */
  private readonly deadlines = new Map<string, number>();

  constructor(rooms: Rooms, writer: RoomWriter, timeoutMs: number) {
    this.rooms = rooms;
    this.writer = writer;
    this.timeoutMs = timeoutMs;
  }

  beat({ id, live }: RoomState, who: Author, ctx: Context): Soon<void> {
    this.expect(id, ctx);
    return live ? undefined : this.writer.event(id, { author: who, type: "live" }, ctx);
  }

  end({ id, live }: RoomState, who: Author, ctx: Context): Soon<void> {
    this.forget(id);
    return live ? this.writer.event(id, { author: who, type: "offline", reason: "ended" }, ctx) : undefined;
  }

  forget(room: string): void {
    this.deadlines.delete(room);
  }

  async run(ctx: Context): Promise<void> {
    const { clock } = ctx;
    // A room that was live when the process ended gets one full deadline to be heard of again.
    for (const state of this.rooms.all()) if (state.live) this.expect(state.id, ctx);
    using ticker = new Ticker(CHECK_MS, ctx);
    for await (const _ of ticker) {
      for (const [room, deadline] of this.deadlines) {
        if (clock.now() < deadline) continue;
        this.deadlines.delete(room);
        if (this.rooms.get(room)?.live === true) await this.expire(room, ctx);
      }
    }
  }

  private expect(room: string, { clock }: Context): void {
    this.deadlines.set(room, clock.now() + this.timeoutMs);
  }

  private async expire(room: string, ctx: Context): Promise<void> {
    try {
      await this.writer.event(
        room,
        { author: SYSTEM_AUTHOR, type: "offline", reason: "missed_heartbeat" },
        ctx,
      );
    } catch {
      ctx.throwIfCancelled();
      // The log does not take records now, which it says itself; the room is looked at again after another deadline.
      this.expect(room, ctx);
    }
  }
}
