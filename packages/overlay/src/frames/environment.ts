import type { StageSize } from "../stage/lane-grid.ts";

/** Ends a watch; calling it again does nothing. */
export type Unwatch = () => void;

/**
 * All the overlay wants from a browser. Tests give their own; `browserEnvironment` is the real one.
 *
 * Shape      a watch never reports within the call that starts it.
 */
export interface OverlayEnvironment {
  /** Same clock as the time given to frame callbacks, ms. */
  now(): number;
  requestFrame(callback: (time: number) => void): number;
  cancelFrame(handle: number): void;
  createCanvas(): HTMLCanvasElement;
  /** Puts the canvas over the container's content. */
  mount(canvas: HTMLCanvasElement): void;
  pixelRatio(): number;
  isVisible(): boolean;
  prefersReducedMotion(): boolean;
  /** Reports the container's size in CSS px soon after the call, then at each change. */
  watchSize(report: (size: StageSize) => void): Unwatch;
  watchPixelRatio(report: () => void): Unwatch;
  watchVisibility(report: () => void): Unwatch;
  watchReducedMotion(report: () => void): Unwatch;
}
