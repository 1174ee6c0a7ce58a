/** What was published to a room against what each viewer got. */
export class RoomLedger {
  readonly #delivered = new Map<string, number>();
  #published = 0;

  join(viewer: string): void {
    this.#delivered.set(viewer, 0);
  }

  publish(): void {
    this.#published += 1;
  }

  deliver(viewer: string): void {
    this.#delivered.set(viewer, (this.#delivered.get(viewer) ?? 0) + 1);
  }

  get delivered(): number {
    return [...this.#delivered.values()].reduce((sum, count) => sum + count, 0);
  }

  /** Viewers for whom published is not delivered. */
  unbalanced(): readonly string[] {
    const short = [...this.#delivered].filter(([, count]) => count !== this.#published);
    return short.map(([viewer, count]) => `${viewer} got ${count} of ${this.#published}`);
  }
}
