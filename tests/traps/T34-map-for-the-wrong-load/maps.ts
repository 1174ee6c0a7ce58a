import { Mutex } from "@barrage/kernel";

/** A map of viewers as tasks would use it; `operations` is what all accesses so far really took. */
export interface CountedMap {
  readonly operations: number;
  set(key: number, value: number): void | Promise<void>;
  get(key: number): number | undefined | Promise<number | undefined>;
}

interface Counter {
  operations: number;
}

/** Entries that count each step on them, also those of a copy: a map is copied by setting each entry. */
class Entries {
  readonly #entries = new Map<number, number>();
  readonly #counter: Counter;

  constructor(counter: Counter, from: Iterable<readonly [number, number]> = []) {
    this.#counter = counter;
    for (const [key, value] of from) this.set(key, value);
  }

  set(key: number, value: number): this {
    this.#counter.operations += 1;
    this.#entries.set(key, value);
    return this;
  }

  get(key: number): number | undefined {
    this.#counter.operations += 1;
    return this.#entries.get(key);
  }

  [Symbol.iterator](): Iterator<[number, number]> {
    return this.#entries[Symbol.iterator]();
  }
}

/** Between two `await`s nobody can come in between, so nothing else is needed. */
export class PlainMap implements CountedMap {
  operations = 0;
  readonly #entries = new Entries(this);

  set(key: number, value: number): void {
    this.#entries.set(key, value);
  }

  get(key: number): number | undefined {
    return this.#entries.get(key);
  }
}

/** Readers see a snapshot, so each write copies all entries. */
export class CopyOnWriteMap implements CountedMap {
  operations = 0;
  #entries = new Entries(this);

  set(key: number, value: number): void {
    this.#entries = new Entries(this, this.#entries).set(key, value);
  }

  get(key: number): number | undefined {
    return this.#entries.get(key);
  }
}

/** Each access takes a lock, which is a turn through the microtask queue, and gives it back. */
export class LockedMap implements CountedMap {
  operations = 0;
  readonly #entries = new Entries(this);
  readonly #lock = new Mutex();

  async set(key: number, value: number): Promise<void> {
    using _held = await this.#locked();
    this.#entries.set(key, value);
  }

  async get(key: number): Promise<number | undefined> {
    using _held = await this.#locked();
    return this.#entries.get(key);
  }

  async #locked(): Promise<Disposable> {
    this.operations += 1;
    const held = await this.#lock.lock();
    return {
      [Symbol.dispose]: () => {
        this.operations += 1;
        held[Symbol.dispose]();
      },
    };
  }
}

const SHARDS = 8;

/** One plain map for each owner: a key's shard is found, and then it is a plain access. */
export class ShardedMap implements CountedMap {
  readonly #shards = Array.from({ length: SHARDS }, () => new PlainMap());
  #routed = 0;

  get operations(): number {
    return this.#shards.reduce((sum, shard) => sum + shard.operations, this.#routed);
  }

  set(key: number, value: number): void {
    this.#shard(key)?.set(key, value);
  }

  get(key: number): number | undefined {
    return this.#shard(key)?.get(key);
  }

  #shard(key: number): PlainMap | undefined {
    this.#routed += 1;
    return this.#shards[key % SHARDS];
  }
}

/** Reads and writes of one load. */
export interface Load {
  readonly name: string;
  readonly writes: number;
  readonly reads: number;
}

export const LOADS = [
  { name: "viewers come and go (1 read a write)", writes: 2_000, reads: 2_000 },
  { name: "rooms (99 reads a write)", writes: 40, reads: 3_960 },
] as const satisfies readonly Load[];

/** Operations an access costs under a load, on average. */
export async function costOf(map: CountedMap, { writes, reads }: Load): Promise<number> {
  for (let key = 0; key < writes; key++) await map.set(key, key);
  for (let read = 0; read < reads; read++) await map.get(read % writes);
  return map.operations / (writes + reads);
}
