import type { AppendOutcome } from "@barrage/engine";

/** A room counts as forgotten once so many others were written to after it. */
export const PLACES_MAX = 10_000;

/**
 * The last place in each room that this process has answered an append with.
 *
 * Bounds     `max` rooms; the one written to longest ago goes. Cost of each call O(1).
 */
export class AcknowledgedPlaces {
  private readonly max: number;
  /** The room written to longest ago first. */
  private readonly places = new Map<string, number>();

  constructor(max = PLACES_MAX) {
    this.max = max;
  }

  /** The room's last acknowledged seq; 0 where this process knows of none. */
  of(room: string): number {
    return this.places.get(room) ?? 0;
  }

  note(room: string, outcome: AppendOutcome): void {
    // What is held has no place yet.
    if (outcome.status === "held") return;
    const seq = Math.max(this.of(room), outcome.seq);
    this.places.delete(room);
    this.places.set(room, seq);
    if (this.places.size <= this.max) return;
    for (const oldest of this.places.keys()) {
      this.places.delete(oldest);
      return;
    }
  }
}
