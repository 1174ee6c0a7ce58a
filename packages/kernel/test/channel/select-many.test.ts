import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { background, Channel, recv, select, send, trySelect } from "@barrage/kernel";
import { heapAfterCollection } from "../garbage.ts";

function holding(...values: number[]): Channel<number> {
  const channel = new Channel<number>(Math.max(1, values.length));
  for (const value of values) channel.trySend(value);
  return channel;
}

/** Pearson's statistic of these counts against a uniform choice. */
function chiSquare(counts: readonly number[]): number {
  const expected = counts.reduce((sum, count) => sum + count, 0) / counts.length;
  return counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
}

describe("select, many times over", () => {
  it("[KN-81] chooses uniformly among five ready cases, sends and receives alike", async () => {
    const counts = new Map<string, number>();
    for (let i = 0; i < 20_000; i++) {
      const got = await select({
        a: recv(holding(1)),
        b: send(new Channel<number>(1), 1),
        off: recv(null),
        c: recv(holding(2)),
        d: send(new Channel<number>(1), 2),
        e: recv(holding(3)),
      });
      counts.set(got.case, (counts.get(got.case) ?? 0) + 1);
    }

    // 4 degrees of freedom: a uniform choice passes 33.4 once in a million runs.
    assert.equal(counts.size, 5);
    assert.ok(chiSquare([...counts.values()]) < 33.4, JSON.stringify([...counts]));
  });

  it("[KN-82] grows the heap by less than 1 MB in 1 000 000 selects with a dead channel", async () => {
    const [busy, dead] = [new Channel<number>(), new Channel<number>()];
    const ctx = background.cancellable();
    const run = async (selects: number): Promise<number> => {
      for (let i = 0; i < selects; i++) {
        const waiting = select({ busy: recv(busy), dead: recv(dead) }, ctx);
        busy.trySend(i);
        await waiting;
      }
      return heapAfterCollection();
    };
    const before = await run(10_000);

    const grown = (await run(1_000_000)) - before;

    assert.ok(grown < 1_000_000, `${grown} bytes`);
    assert.equal(dead.trySend(1), false);
  });

  it("[KN-88] gives a value to one case where a channel stands in several", async () => {
    const channel = new Channel<number>();
    for (let i = 0; i < 100; i++) {
      const waiting = select({ one: recv(channel), two: recv(channel), three: recv(channel) });
      assert.equal(channel.trySend(i), true);
      assert.equal(channel.trySend(i), false);
      assert.deepEqual((await waiting).value, { done: false, value: i });
    }
    for (let i = 0; i < 100; i++) {
      const waiting = select({ one: send(channel, 1), two: send(channel, 2) });
      const got = channel.tryReceive();
      assert.deepEqual(got, { done: false, value: (await waiting).case === "one" ? 1 : 2 });
      assert.equal(channel.tryReceive(), undefined);
    }
  });

  it("[KN-88] chooses evenly between two ready cases of the same channel", () => {
    let first = 0;
    const trials = 10_000;
    for (let i = 0; i < trials; i++) {
      const channel = holding(1);
      if (trySelect({ one: recv(channel), two: recv(channel) })?.case === "one") first += 1;
      assert.equal(channel.length, 0);
    }

    assert.ok(Math.abs(first / trials - 0.5) < 4.89 / (2 * Math.sqrt(trials)), `${first} of ${trials}`);
  });

  it("[KN-89] evaluates every value once, and leaves those of other cases with the caller", async () => {
    let evaluated = 0;
    const value = (): { readonly n: number } => ({ n: ++evaluated });
    const [room, full] = [new Channel<{ n: number }>(1), new Channel<{ n: number }>()];

    const got = await select({
      off: send(null, value()),
      full: send(full, value()),
      room: send(room, value()),
    });

    assert.deepEqual([got.case, evaluated], ["room", 3]);
    assert.deepEqual(room.tryReceive(), { done: false, value: { n: 3 } });
    assert.equal(full.tryReceive(), undefined);
  });
});
