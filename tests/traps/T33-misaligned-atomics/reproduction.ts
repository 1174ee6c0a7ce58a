import type { Measured } from "../trap.ts";

/** A state byte and two counters of 64 bits, one behind the other, as they would lie in a packed record. */
export async function run(log: (error: unknown) => void = () => undefined): Promise<Measured> {
  const memory = new SharedArrayBuffer(32);
  const fields = [
    { name: "published", offset: 4 },
    { name: "delivered", offset: 12 },
  ];
  const counters: BigInt64Array[] = [];
  for (const { offset } of fields) {
    try {
      counters.push(new BigInt64Array(memory, offset, 1)); // guilty
    } catch (error) {
      log(error);
    }
  }
  for (const counter of counters) Atomics.add(counter, 0, 1n);
  return { what: "counters that count", meant: 2, got: counters.length };
}
