import { Mutex } from "@barrage/kernel";

/** A map of viewers as tasks would use it; `operations` counts what each access really costs. */
export interface CountedMap {
  operations: number;
  set(key: number, value: number): void | Promise<void>;
  get(key: number): number | undefined | Promise<number | undefined>;
}

/** Every access is one operation: between two `await`s nobody can come in between. */
export class PlainMap implements CountedMap {
  operations = 0;
  readonly #entries = new Map<number, number>();

  set(key: number, value: number): void {
    this.operations += 1;
    this.#entries.set(key, value);
  }

  get(key: number): number | undefined {
    this.operations += 1;
    return this.#entries.get(key);
  }
}

/** Readers see a snapshot, so each write copies all entries. */
export class CopyOnWriteMap implements CountedMap {
  operations = 0;
  #entries: ReadonlyMap<number, number> = new Map();

  set(key: number, value: number): void {
    this.operations += 1 + this.#entries.size;
    this.#entries = new Map(this.#entries).set(key, value);
  }

  get(key: number): number | undefined {
    this.operations += 1;
    return this.#entries.get(key);
  }
}

/** Each access takes and gives back a lock, and costs a turn through the microtask queue. */
export class LockedMap implements CountedMap {
  operations = 0;
  readonly #entries = new Map<number, number>();
  readonly #lock = new Mutex();

  async set(key: number, value: number): Promise<void> {
    using _held = await this.#lock.lock();
    this.operations += 3;
    this.#entries.set(key, value);
  }

  async get(key: number): Promise<number | undefined> {
    using _held = await this.#lock.lock();
    this.operations += 3;
    return this.#entries.get(key);
  }
}

/** One plain map for each owner: a key's shard is found, and then it is a plain access. */
export class ShardedMap implements CountedMap {
  readonly #shards = Array.from({ length: 8 }, () => new PlainMap());
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
    return this.#shards[key % this.#shards.length];
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
