/** Bounds of what is remembered of one room's texts; whichever is met first. */
export interface TextBounds {
  readonly texts: number;
  /** UTF-16 units of all texts together. */
  readonly units: number;
}

/**
 * A value for each of the texts that were noted last.
 *
 * Shape      in the order in which the texts were first noted.
 * Bounds     `texts` and `units`; beyond either the oldest text is forgotten.
 * Cost       O(1), and O(forgotten).
 */
export class RecentTexts<V> {
  private readonly bounds: TextBounds;
  private readonly noted = new Map<string, V>();
  private units = 0;

  constructor(bounds: TextBounds) {
    this.bounds = bounds;
  }

  get size(): number {
    return this.noted.size;
  }

  get(text: string): V | undefined {
    return this.noted.get(text);
  }

  /** Notes it as the newest. */
  add(text: string, value: V): void {
    this.delete(text);
    this.noted.set(text, value);
    this.units += text.length;
    for (const oldest of this.noted.keys()) {
      if (this.noted.size <= this.bounds.texts && this.units <= this.bounds.units) return;
      this.delete(oldest);
    }
  }

  delete(text: string): void {
    if (this.noted.delete(text)) this.units -= text.length;
  }

  /** O(texts). */
  deleteIf(wanted: (value: V) => boolean): void {
    for (const [text, value] of this.noted) if (wanted(value)) this.delete(text);
  }

  /** Forgets from the old end, as long as `isOver` says so. */
  forgetWhile(isOver: (value: V) => boolean): void {
    for (const [text, value] of this.noted) {
      if (!isOver(value)) return;
      this.delete(text);
    }
  }
}
