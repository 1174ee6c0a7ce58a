import type { Context } from "@barrage/kernel";
import type { Facts } from "../telemetry/facts.ts";

/** Time that a process has to tell its figures, ms: a scrape of a busy process still gets an answer within a second. */
const ANSWER_WITHIN_MS = 400;

/** Asks several processes for their facts and waits for those that answer in time. */
export class Collections {
  private readonly open = new Map<number, Collection>();
  private ids = 0;

  /** `send` asks one of them. Resolves to what came, by generation. */
  async collect(
    generations: readonly number[],
    send: (generation: number, id: number) => void,
    ctx: Context,
  ): Promise<ReadonlyMap<number, Facts>> {
    const id = (this.ids += 1);
    const collection = new Collection(generations);
    this.open.set(id, collection);
    using limit = ctx.cancellable({ timeout: ANSWER_WITHIN_MS, name: "facts" });
    using _ = limit.onCancel(() => collection.finish());
    for (const generation of generations) send(generation, id);
    await collection.ended;
    this.open.delete(id);
    return collection.facts;
  }

  answered(id: number, generation: number, facts: Facts): void {
    this.open.get(id)?.answered(generation, facts);
  }

  /** Nothing more will come from this one. */
  gone(generation: number): void {
    for (const collection of this.open.values()) collection.gone(generation);
  }
}

class Collection {
  readonly facts = new Map<number, Facts>();
  private readonly waitedFor: Set<number>;
  private readonly end = Promise.withResolvers<void>();

  constructor(generations: readonly number[]) {
    this.waitedFor = new Set(generations);
    if (this.waitedFor.size === 0) this.finish();
  }

  get ended(): Promise<void> {
    return this.end.promise;
  }

  answered(generation: number, facts: Facts): void {
    if (this.waitedFor.has(generation)) this.facts.set(generation, facts);
    this.gone(generation);
  }

  gone(generation: number): void {
    if (this.waitedFor.delete(generation) && this.waitedFor.size === 0) this.finish();
  }

  finish(): void {
    this.end.resolve();
  }
}
