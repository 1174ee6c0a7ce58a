import type { Detect, Finding } from "../trap.ts";
import { callerLine, fileOf } from "../tools/program.ts";
import { run as reproduction } from "./reproduction.ts";
import { run as safe } from "./safe.ts";

const programs = { reproduction, safe };

/** A map for tests that notes who adds an entry while somebody is on his way through it. */
class WatchedMap<K, V> extends Map<K, V> {
  readonly added = new Map<number, number>();
  readonly #file: string;
  #iterating = 0;

  constructor(file: string) {
    super();
    this.#file = file;
  }

  override set(key: K, value: V): this {
    if (this.#iterating > 0 && !this.has(key)) {
      const line = callerLine(this.#file);
      this.added.set(line, (this.added.get(line) ?? 0) + 1);
    }
    return super.set(key, value);
  }

  override *[Symbol.iterator](): MapIterator<[K, V]> {
    this.#iterating += 1;
    try {
      yield* super[Symbol.iterator]();
    } finally {
      this.#iterating -= 1;
    }
  }
}

export const detect: Detect = async (subject) => {
  const rooms = new WatchedMap<string, number>(fileOf(import.meta.url, subject));
  await programs[subject](rooms);
  return [...rooms.added].map(([line, count]): Finding => ({
    tool: "test",
    guilty: `${count} entries added under a loop`,
    line,
  }));
};
