import type { Context } from "@barrage/kernel";
import type { ConnectRequest, Publisher } from "./engine.ts";
import type { FanOutWork, ProcessMeter } from "./gateway/meter.ts";
import type { Feed, RecentWindow, Soon } from "./ports/index.ts";
import type { RoomState } from "./room/state.ts";

/** What a gateway asks of the process that owns log, rooms and windows: the same process, or another one. */
export interface GatewaySource {
  readonly publisher: Publisher;
  readonly window: Pick<RecentWindow, "read">;
  readonly feed: Pick<Feed, "subscribe">;
  /** Resolves once the window has the room's records up to `seq`. */
  readonly published: { wait(room: string, seq: number, ctx: Context): Promise<void> };
  /**
   * The room to join, with its records up to `seq` at least; made where rooms are made on first use.
   * Errors: BARRAGE_ROOM_UNKNOWN.
   */
  requireRoom(room: string, seq: number, ctx: Context): Soon<RoomState>;
  /** The room's flush window now, ms. */
  windowMs(room: string): number;
  /** Viewers that the room has in other processes. */
  viewersElsewhere(room: string): number;
  /** Told of each viewer who has come in. Must not throw or wait. */
  joined?(viewer: Pick<ConnectRequest, "room" | "principal" | "address">): void;
}

/** What the owner needs to know of each gateway. */
export interface GatewayFigures {
  viewersOf(room: string): number;
  /** Writes that one batch of the room takes here; absent: one for each viewer. */
  writesOf?(room: string): number;
  /** Of the time since the gateway's start. */
  readonly work: FanOutWork;
  /** The gateway's process. */
  readonly meter: ProcessMeter;
}
