import type { OverlayEnvironment, StageSize, Unwatch } from "@barrage/overlay";
import { FakeCanvas } from "./fake-canvas.ts";

/** A browser under the test's hand: time passes by `frame`, and every watch is counted. */
export class FakeEnvironment implements OverlayEnvironment {
  time = 0;
  ratio = 1;
  visible = true;
  reducedMotion = false;
  /** ms one drawing takes: what `now` is advanced by when a frame asks for it. */
  drawMs = 0;
  reads = 0;
  readonly canvases: FakeCanvas[] = [];
  readonly mounted: FakeCanvas[] = [];
  readonly #frames = new Map<number, (time: number) => void>();
  readonly #watches = {
    size: new Set<unknown>(),
    ratio: new Set(),
    visibility: new Set(),
    motion: new Set(),
  };
  #nextHandle = 1;

  get frames(): number {
    return this.#frames.size;
  }

  get watches(): number {
    return Object.values(this.#watches).reduce((sum, set) => sum + set.size, 0);
  }

  now(): number {
    return this.time;
  }

  requestFrame(callback: (time: number) => void): number {
    this.#nextHandle += 1;
    this.#frames.set(this.#nextHandle, callback);
    return this.#nextHandle;
  }

  cancelFrame(handle: number): void {
    this.#frames.delete(handle);
  }

  createCanvas(): HTMLCanvasElement {
    const canvas = new FakeCanvas();
    this.canvases.push(canvas);
    return canvas as unknown as HTMLCanvasElement;
  }

  mount(canvas: HTMLCanvasElement): void {
    this.mounted.push(canvas as unknown as FakeCanvas);
  }

  pixelRatio(): number {
    this.reads += 1;
    return this.ratio;
  }

  isVisible(): boolean {
    return this.visible;
  }

  prefersReducedMotion(): boolean {
    this.reads += 1;
    return this.reducedMotion;
  }

  watchSize(report: (size: StageSize) => void): Unwatch {
    return this.#watch("size", report);
  }

  watchPixelRatio(report: () => void): Unwatch {
    return this.#watch("ratio", report);
  }

  watchVisibility(report: () => void): Unwatch {
    return this.#watch("visibility", report);
  }

  watchReducedMotion(report: () => void): Unwatch {
    return this.#watch("motion", report);
  }

  resize(width: number, height: number): void {
    for (const report of this.#watches.size) (report as (size: StageSize) => void)({ width, height });
  }

  setVisible(visible: boolean): void {
    this.visible = visible;
    this.#report("visibility");
  }

  setRatio(ratio: number): void {
    this.ratio = ratio;
    this.#report("ratio");
  }

  setReducedMotion(reducedMotion: boolean): void {
    this.reducedMotion = reducedMotion;
    this.#report("motion");
  }

  /** Lets `ms` pass and runs the frame requested, if any; true when there was one. */
  frame(ms: number): boolean {
    this.time += ms;
    const due = [...this.#frames.values()];
    this.#frames.clear();
    for (const callback of due) callback(this.time);
    return due.length > 0;
  }

  #watch(kind: "size" | "ratio" | "visibility" | "motion", report: unknown): Unwatch {
    this.#watches[kind].add(report);
    return () => this.#watches[kind].delete(report);
  }

  #report(kind: "ratio" | "visibility" | "motion"): void {
    for (const report of this.#watches[kind]) (report as () => void)();
  }
}
