/**
 * An entry of a {@link Line}. It carries its own links, so that it can leave from the middle in O(1) and leave
 * nothing behind.
 */
export interface LineEntry<E> {
  line: Line<E> | undefined;
  before: E | undefined;
  after: E | undefined;
}

/** A waiting line: first come, first served. An entry stands in one line at most. */
export class Line<E> {
  private first: (E & LineEntry<E>) | undefined = undefined;
  private last: (E & LineEntry<E>) | undefined = undefined;

  get head(): E | undefined {
    return this.first;
  }

  push(entry: E & LineEntry<E>): void {
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
    return first;
  }

  /** Does nothing when the entry stands in no line or in another one. */
  remove(entry: E & LineEntry<E>): void {
    if (entry.line !== this) return;
    const before = entry.before as (E & LineEntry<E>) | undefined;
    const after = entry.after as (E & LineEntry<E>) | undefined;
    if (before === undefined) this.first = after;
    else before.after = after;
    if (after === undefined) this.last = before;
    else after.before = before;
    entry.line = entry.before = entry.after = undefined;
  }
}
