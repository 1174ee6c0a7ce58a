import type { RoomPlaces } from "@barrage/engine";
import type { Context } from "@barrage/kernel";
import type { SharedOrLocal } from "../limits/shared-or-local.ts";
import type { RedisRoomPlaces } from "./redis-room-places.ts";

/**
 * Places that all processes share; while those who count them do not answer, the ones that were free when they last did.
 *
 * Bounds     with them `max`; without them `max` as this process counts, so other processes' rooms of that time come on top.
 */
export class SharedRoomPlaces implements RoomPlaces {
  private readonly shared: Pick<RedisRoomPlaces, "take">;
  private readonly max: number;
  private readonly guard: SharedOrLocal;
  /** As it was told last, and what was given here since. */
  private taken = 0;

  constructor(shared: Pick<RedisRoomPlaces, "take">, max: number, guard: SharedOrLocal) {
    this.shared = shared;
    this.max = max;
    this.guard = guard;
  }

  take(room: string, ctx: Context): Promise<boolean> {
    return this.guard.ask(
      (own) => this.ask(room, own),
      () => this.takeUnasked(),
      ctx,
    );
  }

  private async ask(room: string, ctx: Context): Promise<boolean> {
    const { isTaken, taken } = await this.shared.take(room, ctx);
    this.taken = taken;
    return isTaken;
  }

  private takeUnasked(): boolean {
    if (this.taken >= this.max) return false;
    this.taken += 1;
    return true;
  }
}
