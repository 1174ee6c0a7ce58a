import assert from "node:assert/strict";
import { Channel, type Context, scope, type Scope } from "@barrage/kernel";
import { from } from "../support/origin.ts";
import { valueOf } from "../support/waiting.ts";

const sieve = from("go test/sieve.go");
const sieve1 = from("go test/chan/sieve1.go");
const sieve2 = from("go test/chan/sieve2.go");

const PRIMES = [
  2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71, 73, 79, 83, 89, 97,
];

async function generate(out: Channel<number>, ctx: Context): Promise<void> {
  for (let i = 2; ; i++) await out.send(i, ctx);
}

async function filter(
  input: Channel<number>,
  out: Channel<number>,
  prime: number,
  ctx: Context,
): Promise<void> {
  for await (const value of input.values(ctx)) if (value % prime !== 0) await out.send(value, ctx);
}

/** A chain of filters, one for each prime found; ends when `take` has enough. */
async function chained(s: Scope, capacity: number, take: (prime: number) => boolean): Promise<void> {
  let numbers = new Channel<number>(capacity);
  const first = numbers;
  s.spawn((ctx) => generate(first, ctx));
  for (;;) {
    const prime = valueOf(await numbers.receive());
    if (!take(prime)) break;
    const [input, out] = [numbers, new Channel<number>(capacity)];
    s.spawn((ctx) => filter(input, out, prime, ctx));
    numbers = out;
  }
  s.cancel();
}

async function primesBelow(limit: number, capacity: number): Promise<number[]> {
  const found: number[] = [];
  await scope((s) => chained(s, capacity, (prime) => prime < limit && found.push(prime) > 0));
  return found;
}

sieve1("primes to 100", "[KN-40] a chain of filters that meet leaves the primes", async () => {
  assert.deepEqual(await primesBelow(100, 0), PRIMES);
});

sieve(
  "endless sieve",
  "[KN-25] the endless sieve, stopped by its scope after 200 primes, ends all its tasks",
  async () => {
    const found: number[] = [];
    await scope((s) => chained(s, 0, (prime) => found.push(prime) < 200));
    assert.equal(found.at(-1), 1223);
  },
);

interface Multiples {
  head: number;
  readonly rest: Channel<number>;
}

/** Puts a stream of multiples in its place; the one with the smallest head is the first. */
function insert(queue: Multiples[], entry: Multiples): void {
  const place = queue.findIndex((other) => other.head > entry.head);
  queue.splice(place < 0 ? queue.length : place, 0, entry);
}

sieve2(
  "primes to 100, buffered",
  "[KN-40] buffered streams of multiples, merged by their heads, leave the primes",
  async () => {
    const found: number[] = [];
    await scope(async (s) => {
      const numbers = new Channel<number>(10);
      s.spawn((ctx) => generate(numbers, ctx));
      const composites: Multiples[] = [];
      for await (const candidate of numbers) {
        if (candidate > 100) break;
        let isPrime = true;
        for (let least = composites[0]; least?.head === candidate; least = composites[0]) {
          isPrime = false;
          composites.shift();
          insert(composites, { ...least, head: valueOf(await least.rest.receive()) });
        }
        if (!isPrime) continue;
        found.push(candidate);
        const rest = new Channel<number>(5);
        s.spawn(async (ctx) => {
          for (let multiple = candidate * candidate; ; multiple += candidate) await rest.send(multiple, ctx);
        });
        insert(composites, { head: valueOf(await rest.receive()), rest });
      }
      s.cancel();
    });
    assert.deepEqual(found, PRIMES);
  },
);
