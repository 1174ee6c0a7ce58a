/**
 * What a {@link Line} needs of its entries: they carry their own links, so that one can leave from the middle in O(1)
 * and leave nothing behind.
 */
export interface LineEntry {
  line: Line<LineEntry> | undefined;
  before: LineEntry | undefined;
  after: LineEntry | undefined;
}

/** A waiting line: first come, first served. An entry stands in one line at most. */
export class Line<E extends LineEntry> {
  private first: LineEntry | undefined = undefined;
  private last: LineEntry | undefined = undefined;

  get head(): E | undefined {
    return this.first as E | undefined;
  }

  push(entry: E): void {
    const { last } = this;
    entry.line = this;
    entry.before = last;
    if (last === undefined) this.first = entry;
    else last.after = entry;
    this.last = entry;
  }

  shift(): E | undefined {
    const { first } = this;
    if (first !== undefined) this.remove(first);
    return first as E | undefined;
  }

  /** Does nothing when the entry stands in no line or in another one. */
  remove(entry: LineEntry): void {
    if (entry.line !== this) return;
    const { before, after } = entry;
    if (before === undefined) this.first = after;
    else before.after = after;
    if (after === undefined) this.last = before;
    else after.before = before;
    entry.line = entry.before = entry.after = undefined;
  }
}
