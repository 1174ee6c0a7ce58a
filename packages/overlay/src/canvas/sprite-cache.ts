import type { Look } from "../stage/placed.ts";
import { LruCache } from "./lru-cache.ts";
import { paintLook } from "./paint-look.ts";

/** A danmaku painted once, to be copied each frame. */
export interface Sprite {
  readonly canvas: HTMLCanvasElement;
  readonly bytes: number;
  /** Frame that used it last. */
  usedIn: number;
}

export interface SpriteCacheOptions {
  readonly createCanvas: () => HTMLCanvasElement;
  readonly family: string;
  readonly limitBytes: number;
}

/** Browsers refuse canvases wider than some 16,000 device px; half of it leaves room for all of them. */
const SPRITE_WIDTH_LIMIT_PX = 8_192;

/** RGBA. */
const BYTES_PER_PIXEL = 4;

/**
 * Pre-painted danmaku, shared by all of the same look.
 *
 * Shape      a frame calls `begin` and then `get` for each danmaku it draws.
 * Units      bytes of bitmap.
 * Bounds     never more than `limitBytes`. Those used in the running frame stay; when they alone fill the cache,
 *            `get` answers null and the caller paints the text directly: rules OV-14 and OV-18.
 * Cost       a hit is one map lookup; a miss paints the text twice (outline, fill).
 */
export class SpriteCache {
  readonly #options: SpriteCacheOptions;
  readonly #sprites: LruCache<Sprite>;
  #frame = 0;
  #ratio = 1;

  constructor(options: SpriteCacheOptions) {
    this.#options = options;
    // Safari frees a canvas's memory at once only when its size is set to 0.
    this.#sprites = new LruCache(
      options.limitBytes,
      (sprite) => sprite.bytes,
      ({ canvas }) => {
        canvas.width = 0;
        canvas.height = 0;
      },
    );
  }

  get bytes(): number {
    return this.#sprites.cost;
  }

  get entries(): number {
    return this.#sprites.size;
  }

  /** Starts a frame drawn at `ratio` device px per CSS px. */
  begin(ratio: number): void {
    this.#frame += 1;
    if (ratio !== this.#ratio) this.#sprites.clear();
    this.#ratio = ratio;
  }

  get(look: Look): HTMLCanvasElement | null {
    const key = `${look.fontPx}|${look.color}|${look.own ? 1 : 0}|${look.label}`;
    const sprite = this.#sprites.get(key) ?? this.#paint(key, look);
    if (sprite === null) return null;
    sprite.usedIn = this.#frame;
    return sprite.canvas;
  }

  clear(): void {
    this.#sprites.clear();
  }

  #paint(key: string, look: Look): Sprite | null {
    const ratio = Math.min(this.#ratio, SPRITE_WIDTH_LIMIT_PX / look.width);
    const width = Math.max(1, Math.ceil(look.width * ratio));
    const height = Math.max(1, Math.ceil(look.height * ratio));
    const bytes = width * height * BYTES_PER_PIXEL;
    if (!this.#sprites.makeRoom(bytes, (sprite) => sprite.usedIn !== this.#frame)) return null;
    const canvas = this.#options.createCanvas();
    canvas.width = width;
    canvas.height = height;
    const context = canvas.getContext("2d");
    if (context === null) return null;
    context.scale(width / look.width, height / look.height);
    paintLook(context, look, this.#options.family, [0, 0]);
    const sprite: Sprite = { canvas, bytes, usedIn: this.#frame };
    this.#sprites.set(key, sprite);
    return sprite;
  }
}
