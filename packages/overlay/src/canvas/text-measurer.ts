import { LruCache } from "./lru-cache.ts";

/** Texts whose widths are kept: far more than are on the screen and waiting at any time. */
const WIDTHS_LIMIT_ENTRIES = 2_000;

/** The CSS font of danmaku text at a size; bold, because thin strokes drown in a moving picture. */
export function cssFont(fontPx: number, family: string): string {
  return `bold ${fontPx}px ${family}`;
}

/**
 * Text widths by font and text.
 *
 * Units      CSS px.
 * Bounds     keeps at most 2,000 widths: rule OV-14.
 * Cost       O(1) for a text seen lately; else one `measureText` on a canvas that is not in the document.
 */
export class TextMeasurer {
  readonly #context: CanvasRenderingContext2D;
  readonly #family: string;
  readonly #widths = new LruCache<number>(WIDTHS_LIMIT_ENTRIES, () => 1);
  #fontPx = 0;

  constructor(context: CanvasRenderingContext2D, family: string) {
    this.#context = context;
    this.#family = family;
  }

  get entries(): number {
    return this.#widths.size;
  }

  measure(label: string, fontPx: number): number {
    const key = `${fontPx}|${label}`;
    const known = this.#widths.get(key);
    if (known !== undefined) return known;
    // Setting a font parses it, which costs more than the measuring.
    if (this.#fontPx !== fontPx) this.#context.font = cssFont(fontPx, this.#family);
    this.#fontPx = fontPx;
    const { width } = this.#context.measureText(label);
    this.#widths.set(key, width);
    return width;
  }
}
