import type { Counts } from "../run/second.ts";

/** Occurrences by name, added up; any text may be a name. */
export class CountSum {
  readonly #counts = new Map<string, number>();

  add(more: Counts): void {
    for (const [name, count] of Object.entries(more))
      this.#counts.set(name, (this.#counts.get(name) ?? 0) + count);
  }

  get counts(): Counts {
    return Object.fromEntries(this.#counts);
  }
}
