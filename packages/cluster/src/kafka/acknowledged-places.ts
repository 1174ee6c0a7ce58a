import { RecentMap } from "@barrage/engine";
import type { AppendOutcome } from "@barrage/engine";

/** A room counts as forgotten once so many others were written to after it. */
export const PLACES_MAX = 10_000;

/**
 * The last place in each room that this process has answered an append with.
 *
 * Bounds     `max` rooms; the one written to longest ago goes. Cost of each call O(1).
 */
export class AcknowledgedPlaces {
  private readonly places: RecentMap<string, number>;

  constructor(max = PLACES_MAX) {
    this.places = new RecentMap(max);
  }

  /** The room's last acknowledged seq; 0 where this process knows of none. */
  of(room: string): number {
    return this.places.get(room) ?? 0;
  }

  note(room: string, outcome: AppendOutcome): void {
    // What is held has no place yet.
    if (outcome.status === "held") return;
    this.places.set(room, Math.max(this.of(room), outcome.seq));
  }
}
