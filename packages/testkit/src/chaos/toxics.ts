import { checkToxic } from "./toxic.ts";
import type { Stream, Toxic, ToxicNamed, ToxicType } from "./toxic.ts";

const nameOf = (type: ToxicType, stream: Stream): string => `${type}_${stream}`;

/** The toxics of one proxy: of each type one for each direction. */
export class Toxics {
  private readonly placed = new Map<string, Toxic>();
  private readonly listeners = new Set<(removed: Toxic | undefined) => void>();

  /** Takes the place of one of the same type and direction. */
  put(toxic: Toxic): void {
    checkToxic(toxic);
    this.placed.set(nameOf(toxic.type, toxic.stream ?? "downstream"), toxic);
    this.tell(undefined);
  }

  remove(type: ToxicType, stream: Stream): void {
    const name = nameOf(type, stream);
    const removed = this.placed.get(name);
    if (removed === undefined) return;
    this.placed.delete(name);
    this.tell(removed);
  }

  clear(): void {
    for (const { type, stream = "downstream" } of this.placed.values()) this.remove(type, stream);
  }

  find<Type extends ToxicType>(type: Type, stream: Stream): ToxicNamed<Type> | undefined {
    // The name says the type.
    return this.placed.get(nameOf(type, stream)) as ToxicNamed<Type> | undefined;
  }

  /** Calls with the one that was removed, or without one when one was put. */
  onChange(listener: (removed: Toxic | undefined) => void): Disposable {
    this.listeners.add(listener);
    return { [Symbol.dispose]: () => this.listeners.delete(listener) };
  }

  private tell(removed: Toxic | undefined): void {
    for (const listener of this.listeners) listener(removed);
  }
}

/** The toxics as one connection has them: chance has decided for each, once. */
export class LinkToxics {
  private readonly toxics: Toxics;
  private readonly random: () => number;
  private readonly drawn = new WeakMap<Toxic, boolean>();

  constructor(toxics: Toxics, random: () => number) {
    this.toxics = toxics;
    this.random = random;
  }

  find<Type extends ToxicType>(type: Type, stream: Stream): ToxicNamed<Type> | undefined {
    const toxic = this.toxics.find(type, stream);
    return toxic !== undefined && this.has(toxic) ? toxic : undefined;
  }

  has(toxic: Toxic): boolean {
    const known = this.drawn.get(toxic);
    if (known !== undefined) return known;
    const isHit = this.random() < (toxic.toxicity ?? 1);
    this.drawn.set(toxic, isHit);
    return isHit;
  }
}
