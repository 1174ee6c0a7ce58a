import { CanvasRenderer } from "./canvas/canvas-renderer.ts";
import { TextMeasurer } from "./canvas/text-measurer.ts";
import { OverlayError } from "./errors.ts";
import { browserEnvironment } from "./frames/browser-environment.ts";
import type { OverlayEnvironment, Unwatch } from "./frames/environment.ts";
import { FrameBudget, type FrameCounts } from "./frames/frame-budget.ts";
import { FrameLoop } from "./frames/frame-loop.ts";
import { type DanmakuMode, type OverlayItem, PRIORITY } from "./item.ts";
import { isMoving } from "./lanes/lane-allocator.ts";
import type { StageCounts } from "./ledger.ts";
import { changeSettings, DEFAULT_SETTINGS, type OverlaySettings, type SettingsChange } from "./settings.ts";
import { leftOf, topOf } from "./stage/placed.ts";
import { Stage } from "./stage/stage.ts";

export interface OverlayOptions {
  readonly settings?: SettingsChange;
  /** CSS font-family list. */
  readonly fontFamily?: string;
  /** Danmaku that may wait for a lane; default 300. */
  readonly pendingLimit?: number;
  /** Bytes of pre-painted text kept; default 32 MiB. */
  readonly spriteLimitBytes?: number;
  /** The browser; tests give their own. */
  readonly environment?: OverlayEnvironment;
}

export interface OverlayCounts extends StageCounts {
  readonly frames: FrameCounts;
  /** What is kept between frames. */
  readonly cache: { readonly sprites: number; readonly spriteBytes: number; readonly widths: number };
}

/** Where a danmaku is, in CSS px of the container. */
export interface DanmakuBox<T extends OverlayItem> {
  readonly item: T;
  /** The mode it is shown in. */
  readonly mode: DanmakuMode;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** Names of fonts that carry Chinese on each system, then whatever the browser has. */
const FONT_FAMILY =
  '"PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", "Noto Sans SC", system-ui, sans-serif';

/** Waiting danmaku: more than a full screen takes in the seconds one may wait; below, bursts would be cut. */
const PENDING_LIMIT = 300;

/** Some 300 texts of 20 characters at 2 device px; phones give a page's canvases a few hundred MiB in all. */
const SPRITE_LIMIT_BYTES = 32 * 1024 * 1024;

/**
 * Danmaku over a container's content.
 *
 * Shape      `show` queues; danmaku appear with the next frame. Nothing runs while nothing is to be seen.
 * Bounds     docs/spec/overlay.md.
 * Errors     `BARRAGE_OVERLAY_SETTING` and `BARRAGE_OVERLAY_OPTION` for a caller's mistake; `show` throws nothing.
 */
export class Overlay<T extends OverlayItem = OverlayItem> {
  readonly #environment: OverlayEnvironment;
  readonly #renderer: CanvasRenderer;
  readonly #measurer: TextMeasurer;
  readonly #stage: Stage<T>;
  readonly #budget = new FrameBudget();
  readonly #loop: FrameLoop;
  readonly #unwatch: readonly Unwatch[];
  #settings: OverlaySettings;
  #ratio: number;
  #isDestroyed = false;

  constructor(environment: OverlayEnvironment, options: OverlayOptions) {
    const family = options.fontFamily ?? FONT_FAMILY;
    const pendingLimit = wholeNumber("pendingLimit", options.pendingLimit ?? PENDING_LIMIT);
    const spriteLimitBytes = wholeNumber("spriteLimitBytes", options.spriteLimitBytes ?? SPRITE_LIMIT_BYTES);
    this.#environment = environment;
    this.#settings = changeSettings(DEFAULT_SETTINGS, options.settings ?? {});
    this.#ratio = environment.pixelRatio();
    const createCanvas = (): HTMLCanvasElement => environment.createCanvas();
    this.#renderer = new CanvasRenderer({ createCanvas, family, spriteLimitBytes });
    this.#measurer = new TextMeasurer(contextOf(createCanvas()), family);
    const measure = (label: string, fontPx: number): number => this.#measurer.measure(label, fontPx);
    this.#stage = new Stage({ settings: this.#effective(), measure, pendingLimit, now: environment.now() });
    this.#loop = new FrameLoop(environment, (time, deltaMs) => this.#frame(time, deltaMs));
    environment.mount(this.#renderer.canvas);
    this.#unwatch = this.#watch();
  }

  /** Offers one danmaku; false when it was refused at once. The reason is in `counts.dropped`. */
  show(item: T, priority: number = PRIORITY.normal): boolean {
    const accepted = this.#stage.offer(item, priority, this.#environment.now());
    if (accepted) this.#loop.wake();
    return accepted;
  }

  /** Equal danmaku came: the one of this id stands for `count` now. False when it is not shown any more. */
  recount(id: string, count: number): boolean {
    const isShown = this.#stage.recount(id, count);
    if (isShown) this.#loop.wake();
    return isShown;
  }

  /** Takes back a recalled danmaku, shown or waiting; false when there is none of this id. */
  remove(id: string): boolean {
    return this.removeBy((item) => item.id === id) > 0;
  }

  /** Takes back all that `wanted` says yes to (a muted user's, a blocked word's); answers how many. */
  removeBy(wanted: (item: T) => boolean): number {
    const removed = this.#stage.removeBy(wanted, "removed", this.#environment.now());
    this.#loop.wake();
    return removed;
  }

  /** Changes some settings; the others stay. Acts at once, also on danmaku on the screen. */
  update(change: SettingsChange): void {
    this.#settings = changeSettings(this.#settings, change);
    this.#apply();
  }

  pause(): void {
    this.#setPaused(true);
  }

  resume(): void {
    this.#setPaused(false);
  }

  /** Empties the screen and the waiting queue. */
  clear(): void {
    this.#stage.removeBy(() => true, "cleared", this.#environment.now());
    this.#loop.wake();
  }

  /** The uppermost danmaku at a point, in CSS px of the container. */
  hitTest(x: number, y: number): T | undefined {
    const hit = ({ x: left, y: top, width, height }: DanmakuBox<T>): boolean =>
      x >= left && x < left + width && y >= top && y < top + height;
    return this.boxes().findLast(hit)?.item;
  }

  /** All danmaku on the screen at present, in the order they are painted. */
  boxes(): readonly DanmakuBox<T>[] {
    const t = this.#stage.advance(this.#environment.now());
    const { size } = this.#stage;
    const entered = this.#stage.onStage.filter((placed) => placed.entered);
    const moving = entered.filter(({ request }) => isMoving(request));
    const still = entered.filter(({ request }) => !isMoving(request));
    return [...moving, ...still].map((placed) => {
      const { item, mode, look } = placed;
      const { width, height } = look;
      return { item, mode, x: leftOf(placed, t, size), y: topOf(placed, size), width, height };
    });
  }

  get counts(): OverlayCounts {
    const { sprites } = this.#renderer;
    const cache = { sprites: sprites.entries, spriteBytes: sprites.bytes, widths: this.#measurer.entries };
    return { ...this.#stage.counts, frames: this.#budget.counts, cache };
  }

  get settings(): OverlaySettings {
    return this.#settings;
  }

  /** Ends it: no canvas, listener, frame or bitmap of it is left. Idempotent. */
  destroy(): void {
    if (this.#isDestroyed) return;
    this.#isDestroyed = true;
    for (const unwatch of this.#unwatch) unwatch();
    this.#loop.close();
    this.#stage.close(this.#environment.now());
    this.#renderer.close();
  }

  #watch(): Unwatch[] {
    const environment = this.#environment;
    return [
      environment.watchSize((size) => {
        this.#stage.resize(size, environment.now());
        this.#loop.wake();
      }),
      environment.watchPixelRatio(() => {
        this.#ratio = environment.pixelRatio();
        this.#loop.wake();
      }),
      environment.watchReducedMotion(() => this.#apply()),
    ];
  }

  #apply(): void {
    if (this.#isDestroyed) return;
    this.#stage.update(this.#effective(), this.#environment.now());
    this.#loop.wake();
  }

  #setPaused(paused: boolean): void {
    this.#stage.setPaused(paused, this.#environment.now());
    this.#loop.wake();
  }

  #frame(time: number, deltaMs: number | null): boolean {
    const startedAt = this.#environment.now();
    this.#stage.setFrameLimit(this.#budget.limit);
    const t = this.#stage.advance(time);
    const { onStage, size } = this.#stage;
    this.#renderer.draw({ placed: onStage, t, size, ratio: this.#ratio, opacity: this.#settings.opacity });
    this.#budget.observe(deltaMs, this.#environment.now() - startedAt, onStage.length);
    return this.#stage.isActive;
  }

  /** Settings with the system's answer filled in. */
  #effective(): OverlaySettings {
    const { reducedMotion } = this.#settings;
    const still = reducedMotion === "system" ? this.#environment.prefersReducedMotion() : reducedMotion;
    return { ...this.#settings, reducedMotion: still };
  }
}

/**
 * An overlay in a container. The container must be positioned; the canvas covers it and lets clicks through.
 *
 * Example
 *   const overlay = createOverlay(player, { settings: { opacity: 0.8, area: 0.5 } });
 *   overlay.show({ id: "1", text: "前方高能", mode: "scroll", color: 0xffffff, size: 25 });
 */
export function createOverlay<T extends OverlayItem = OverlayItem>(
  container: HTMLElement,
  options: OverlayOptions = {},
): Overlay<T> {
  return new Overlay<T>(options.environment ?? browserEnvironment(container), options);
}

function contextOf(canvas: HTMLCanvasElement): CanvasRenderingContext2D {
  const context = canvas.getContext("2d");
  if (context === null) throw new OverlayError("BARRAGE_OVERLAY_NO_CANVAS");
  return context;
}

function wholeNumber(name: string, value: number): number {
  if (Number.isSafeInteger(value) && value >= 1) return value;
  throw new OverlayError("BARRAGE_OVERLAY_OPTION", { name, rule: "a whole number from 1", value });
}
