/**
 * Stage time: it runs `rate` times as fast as the outer clock and stands still while paused.
 *
 * Shape      every position on the stage is a function of it, so pause, resume and a change of speed move nothing by
 *            themselves and change no distance between two danmaku.
 * Units      ms on both sides.
 * Bounds     never goes back, also when the outer clock does (frame times lie a little before the clock's).
 */
export class StageClock {
  #time = 0;
  #outer: number;
  #rate = 1;
  #paused = false;

  constructor(now: number) {
    this.#outer = now;
  }

  get isPaused(): boolean {
    return this.#paused;
  }

  get rate(): number {
    return this.#rate;
  }

  /** Stage time at the outer moment `now`. */
  at(now: number): number {
    const elapsed = Math.max(0, now - this.#outer);
    this.#outer = Math.max(this.#outer, now);
    if (!this.#paused) this.#time += elapsed * this.#rate;
    return this.#time;
  }

  setRate(rate: number, now: number): void {
    this.at(now);
    this.#rate = rate;
  }

  setPaused(paused: boolean, now: number): void {
    this.at(now);
    this.#paused = paused;
  }
}
