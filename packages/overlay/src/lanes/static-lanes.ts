/**
 * Lanes of danmaku that stand still: one deadline a lane.
 *
 * Bounds     a lane is given out again only when its deadline has passed: rule OV-5.
 * Cost       `freeAt` O(1); `occupy` O(span).
 */
export class StaticLanes {
  #until = new Float64Array(0);

  get count(): number {
    return this.#until.length;
  }

  reset(count: number): void {
    this.#until = new Float64Array(count).fill(Number.NEGATIVE_INFINITY);
  }

  freeAt(lane: number): number {
    return this.#until[lane] ?? Number.POSITIVE_INFINITY;
  }

  occupy(lane: number, span: number, until: number): void {
    const end = Math.min(lane + span, this.count);
    for (let next = lane; next < end; next += 1) this.#until[next] = Math.max(this.freeAt(next), until);
  }
}
