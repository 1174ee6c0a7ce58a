/** Right to left, or left to right. */
export type Direction = "scroll" | "reverse";

/** When one danmaku stops being in the way of those behind it. Both in stage ms. */
export interface Passage {
  /** Its tail and the gap behind it are inside the stage: the entry edge is clear. */
  readonly insideAt: number;
  /** Its tail has left by the far edge: the lane is clear. */
  readonly exitAt: number;
}

/**
 * Lanes shared by both directions; four numbers a lane, whatever passes through it.
 *
 * Shape      a lane's numbers are the latest `insideAt` and `exitAt` per direction.
 * Bounds     two danmaku in one lane never touch: rules OV-1 to OV-3. Why: both ends of the time two danmaku of one
 *            direction share are safe (the first is inside when the second enters; it is gone when the second
 *            arrives), and the distance between is linear in time, so all moments between are safe. Opposite
 *            directions are never in a lane together.
 * Cost       `freeAt` O(1); `occupy` O(span).
 */
export class MovingLanes {
  #inside = { scroll: new Float64Array(0), reverse: new Float64Array(0) };
  #exit = { scroll: new Float64Array(0), reverse: new Float64Array(0) };

  get count(): number {
    return this.#inside.scroll.length;
  }

  /** Forgets all passages. The caller replays those still on the stage by `occupy`. */
  reset(count: number): void {
    const never = (): Float64Array<ArrayBuffer> => new Float64Array(count).fill(Number.NEGATIVE_INFINITY);
    this.#inside = { scroll: never(), reverse: never() };
    this.#exit = { scroll: never(), reverse: never() };
  }

  /** The earliest moment for a danmaku whose head needs `crossingMs` from the entry edge to the far one. */
  freeAt(lane: number, direction: Direction, crossingMs: number): number {
    const opposite = direction === "scroll" ? "reverse" : "scroll";
    return Math.max(
      at(this.#inside[direction], lane),
      at(this.#exit[direction], lane) - crossingMs,
      at(this.#exit[opposite], lane),
    );
  }

  /** When the last one in the lane has left; long ago for a lane that does not exist. */
  emptyAt(lane: number): number {
    if (lane >= this.count) return Number.NEGATIVE_INFINITY;
    return Math.max(at(this.#exit.scroll, lane), at(this.#exit.reverse, lane));
  }

  occupy(lane: number, span: number, direction: Direction, passage: Passage): void {
    const inside = this.#inside[direction];
    const exit = this.#exit[direction];
    const end = Math.min(lane + span, this.count);
    for (let next = lane; next < end; next += 1) {
      inside[next] = Math.max(at(inside, next), passage.insideAt);
      exit[next] = Math.max(at(exit, next), passage.exitAt);
    }
  }
}

function at(lanes: Float64Array, lane: number): number {
  return lanes[lane] ?? Number.POSITIVE_INFINITY;
}
