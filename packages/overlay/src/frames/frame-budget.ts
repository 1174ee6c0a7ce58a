/** What frames cost so far. */
export interface FrameCounts {
  readonly drawn: number;
  /** Those over the budget. */
  readonly slow: number;
  /** How often the number on the screen was lowered because of them. */
  readonly lowered: number;
  /** The limit in force; null for none. */
  readonly limit: number | null;
}

/** ms between two frames from which motion is seen to stutter: 25 frames a second; 30 Hz screens stay below. */
const FRAME_LIMIT_MS = 40;

/** ms of drawing in one frame: half of a 60 Hz frame, the other half is the page's and the video's. */
const DRAW_LIMIT_MS = 8;

/** Frames judged at a time: half a second at 60 Hz, long enough to forgive one garbage collection. */
const WINDOW_FRAMES = 30;

/** Slow frames in a window that lower the limit: one in five. */
const SLOW_IN_WINDOW = 6;

/** Good windows in a row before the limit is raised: two seconds at 60 Hz, so that it does not swing. */
const GOOD_WINDOWS = 4;

const LOWER_FACTOR = 0.7;
const RAISE_FACTOR = 1.3;

/** Fewer than this is never asked for: frames still slow then are slow for another reason (video, busy machine). */
const LIMIT_FLOOR = 40;

/** A limit raised past this many times the number on the screen is no limit any more. */
const LIFT_FACTOR = 2;

/**
 * Lowers the number of danmaku on the screen while frames are slow and raises it again when they are not.
 *
 * Units      ms; danmaku on the screen.
 * Cost       O(1) a frame.
 */
export class FrameBudget {
  #drawn = 0;
  #slow = 0;
  #lowered = 0;
  #limit: number | null = null;
  #framesInWindow = 0;
  #slowInWindow = 0;
  #goodWindows = 0;

  get limit(): number | null {
    return this.#limit;
  }

  get counts(): FrameCounts {
    return { drawn: this.#drawn, slow: this.#slow, lowered: this.#lowered, limit: this.#limit };
  }

  /** One frame: time since the one before (null after a rest), time spent drawing, danmaku on the screen. */
  observe(deltaMs: number | null, drawMs: number, onScreen: number): void {
    this.#drawn += 1;
    if ((deltaMs ?? 0) > FRAME_LIMIT_MS || drawMs > DRAW_LIMIT_MS) {
      this.#slow += 1;
      this.#slowInWindow += 1;
    }
    this.#framesInWindow += 1;
    if (this.#framesInWindow === WINDOW_FRAMES) this.#judge(onScreen);
  }

  #judge(onScreen: number): void {
    const isSlow = this.#slowInWindow >= SLOW_IN_WINDOW;
    this.#goodWindows = this.#slowInWindow === 0 ? this.#goodWindows + 1 : 0;
    this.#framesInWindow = 0;
    this.#slowInWindow = 0;
    if (isSlow && onScreen > LIMIT_FLOOR) this.#lower(onScreen);
    else if (this.#goodWindows >= GOOD_WINDOWS) this.#raise(onScreen);
  }

  #lower(onScreen: number): void {
    this.#limit = Math.max(
      LIMIT_FLOOR,
      Math.floor(Math.min(onScreen, this.#limit ?? onScreen) * LOWER_FACTOR),
    );
    this.#lowered += 1;
  }

  #raise(onScreen: number): void {
    this.#goodWindows = 0;
    if (this.#limit === null) return;
    const raised = Math.ceil(this.#limit * RAISE_FACTOR);
    this.#limit = raised > onScreen * LIFT_FACTOR ? null : raised;
  }
}
