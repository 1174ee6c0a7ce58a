import type { OverlayEnvironment } from "./environment.ts";

/** Draws one frame; `deltaMs` is the time since the frame before, null after a rest. True asks for another frame. */
export type Frame = (time: number, deltaMs: number | null) => boolean;

/**
 * Frames while there is something to animate, none otherwise.
 *
 * Shape      at rest until `wake`; at most one frame is requested at any time.
 * Bounds     no frame is requested while the page is hidden or after `close`: rules OV-15 and OV-22.
 */
export class FrameLoop {
  readonly #environment: OverlayEnvironment;
  readonly #frame: Frame;
  readonly #unwatch: () => void;
  #requested: number | null = null;
  #last: number | null = null;
  #isClosed = false;

  constructor(environment: OverlayEnvironment, frame: Frame) {
    this.#environment = environment;
    this.#frame = frame;
    this.#unwatch = environment.watchVisibility(() => {
      if (environment.isVisible()) this.wake();
      else this.#rest();
    });
  }

  /** Asks for at least one frame. */
  wake(): void {
    if (this.#isClosed || this.#requested !== null || !this.#environment.isVisible()) return;
    this.#requested = this.#environment.requestFrame((time) => this.#run(time));
  }

  close(): void {
    this.#isClosed = true;
    this.#rest();
    this.#unwatch();
  }

  #run(time: number): void {
    this.#requested = null;
    const delta = this.#last === null ? null : time - this.#last;
    this.#last = time;
    if (this.#frame(time, delta)) this.wake();
    else this.#last = null;
  }

  #rest(): void {
    if (this.#requested !== null) this.#environment.cancelFrame(this.#requested);
    this.#requested = null;
    this.#last = null;
  }
}
