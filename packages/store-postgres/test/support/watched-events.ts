import type { PostgresEvent } from "../../src/index.ts";

type Type = PostgresEvent["type"];

/** Events as they come, and a wait for the next of a type. */
export class WatchedEvents {
  readonly all: PostgresEvent[] = [];
  private readonly waiting: { readonly type: Type; readonly resolve: (event: PostgresEvent) => void }[] = [];

  readonly onEvent = (event: PostgresEvent): void => {
    this.all.push(event);
    const due = this.waiting.filter(({ type }) => type === event.type);
    for (const wait of due) {
      this.waiting.splice(this.waiting.indexOf(wait), 1);
      wait.resolve(event);
    }
  };

  of<T extends Type>(type: T): Extract<PostgresEvent, { type: T }>[] {
    return this.all.filter((event): event is Extract<PostgresEvent, { type: T }> => event.type === type);
  }

  /** The first event of the type, had already or to come. */
  async first<T extends Type>(type: T): Promise<Extract<PostgresEvent, { type: T }>> {
    const [had] = this.of(type);
    if (had !== undefined) return had;
    return new Promise((resolve) => {
      this.waiting.push({ type, resolve: (event) => resolve(event as Extract<PostgresEvent, { type: T }>) });
    });
  }
}
