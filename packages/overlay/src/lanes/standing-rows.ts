/**
 * Which rows of the stage a still danmaku stands in, for moving ones to keep out of where they can.
 *
 * Shape      rows are those of the moving lanes, counted from the top. Two numbers a row.
 * Cost       all O(1) a row.
 */
export class StandingRows {
  #until = new Float64Array(0);
  #width = new Float64Array(0);

  reset(count: number): void {
    this.#until = new Float64Array(count).fill(Number.NEGATIVE_INFINITY);
    this.#width = new Float64Array(count);
  }

  /** One of `width` px stands in the row until a moment. A row that has no moving lane needs no note. */
  stand(row: number, until: number, width: number): void {
    const standing = this.#until[row];
    if (standing === undefined) return;
    // The latest to leave counts: in one row there are two only where a top and a bottom lane lie over it.
    if (until >= standing) this.#width[row] = width;
    this.#until[row] = Math.max(standing, until);
  }

  /** When nothing stands in the way of a danmaku entering now at `speed`: it reaches the middle later than that. */
  clearAt(row: number, stageWidth: number, speed: number): number {
    const untilMiddleMs = Math.max(0, stageWidth - (this.#width[row] ?? 0)) / 2 / speed;
    return (this.#until[row] ?? Number.NEGATIVE_INFINITY) - untilMiddleMs;
  }
}
