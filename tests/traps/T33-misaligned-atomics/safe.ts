import type { Measured } from "../trap.ts";

/** Lays fields one behind the other, each at a multiple of its own size. */
class SharedLayout {
  #bytes = 0;

  /** The offset of a field of `size` bytes. */
  field(size: 1 | 2 | 4 | 8): number {
    const offset = Math.ceil(this.#bytes / size) * size;
    this.#bytes = offset + size;
    return offset;
  }

  allocate(): SharedArrayBuffer {
    return new SharedArrayBuffer(this.#bytes);
  }
}

export async function run(log: (error: unknown) => void = () => undefined): Promise<Measured> {
  const layout = new SharedLayout();
  const state = layout.field(4);
  const offsets = [layout.field(8), layout.field(8)];
  const memory = layout.allocate();
  const counters: BigInt64Array[] = [];
  for (const offset of offsets) {
    try {
      counters.push(new BigInt64Array(memory, offset, 1));
    } catch (error) {
      log(error);
    }
  }
  Atomics.store(new Int32Array(memory, state, 1), 0, 1);
  for (const counter of counters) Atomics.add(counter, 0, 1n);
  return { what: "counters that count", meant: 2, got: counters.length };
}
