import { OverlayError } from "../errors.ts";
import { isMoving } from "../lanes/lane-allocator.ts";
import type { StageSize } from "../stage/lane-grid.ts";
import { alphaOf, leftOf, type Placed, topOf } from "../stage/placed.ts";
import { paintLook } from "./paint-look.ts";
import { SpriteCache } from "./sprite-cache.ts";

/** Device px per CSS px at most: a 3x phone would fill 2.25 times the pixels of 2x for no gain in moving text. */
const PIXEL_RATIO_LIMIT = 2;

export interface RendererOptions {
  readonly createCanvas: () => HTMLCanvasElement;
  readonly family: string;
  readonly spriteLimitBytes: number;
}

/** One moment to draw. */
export interface Scene {
  readonly placed: readonly Placed[];
  /** Stage time. */
  readonly t: number;
  readonly size: StageSize;
  /** Device px per CSS px. */
  readonly ratio: number;
  readonly opacity: number;
}

/**
 * Draws danmaku on one canvas.
 *
 * Bounds     reads nothing of the document: rule OV-17.
 * Cost       one `drawImage` per danmaku; no allocation in a frame whose bitmaps are all cached.
 * Errors     `BARRAGE_OVERLAY_NO_CANVAS` at construction.
 */
export class CanvasRenderer {
  readonly canvas: HTMLCanvasElement;
  readonly sprites: SpriteCache;
  readonly #context: CanvasRenderingContext2D;
  readonly #family: string;

  constructor(options: RendererOptions) {
    this.canvas = options.createCanvas();
    const context = this.canvas.getContext("2d");
    if (context === null) throw new OverlayError("BARRAGE_OVERLAY_NO_CANVAS");
    this.#context = context;
    this.#family = options.family;
    const { createCanvas, family, spriteLimitBytes } = options;
    this.sprites = new SpriteCache({ createCanvas, family, limitBytes: spriteLimitBytes });
  }

  draw(scene: Scene): void {
    const { size } = scene;
    const ratio = Math.min(scene.ratio, PIXEL_RATIO_LIMIT);
    this.#fit(Math.round(size.width * ratio), Math.round(size.height * ratio));
    this.sprites.begin(ratio);
    this.#context.setTransform(ratio, 0, 0, ratio, 0, 0);
    this.#context.clearRect(0, 0, size.width, size.height);
    // Still ones last: they stay readable where moving ones pass behind them.
    for (const placed of scene.placed) if (isMoving(placed.request)) this.#drawOne(placed, scene);
    for (const placed of scene.placed) if (!isMoving(placed.request)) this.#drawOne(placed, scene);
  }

  /** Gives up all bitmaps and the canvas's own. */
  close(): void {
    this.sprites.clear();
    this.#fit(0, 0);
    this.canvas.remove();
  }

  #drawOne(placed: Placed, { t, size, opacity }: Scene): void {
    const { look } = placed;
    const x = leftOf(placed, t, size);
    if (t < placed.enterAt || x >= size.width || x + look.width <= 0) return;
    const y = topOf(placed, size);
    this.#context.globalAlpha = opacity * alphaOf(placed, t);
    const sprite = this.sprites.get(look);
    if (sprite === null) paintLook(this.#context, look, this.#family, [x, y]);
    else this.#context.drawImage(sprite, x, y, look.width, look.height);
  }

  /** Setting a size, even the same one, empties the canvas; so it is set in a frame, and only when it changed. */
  #fit(width: number, height: number): void {
    if (this.canvas.width === width && this.canvas.height === height) return;
    this.canvas.width = width;
    this.canvas.height = height;
  }
}
