import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { danmaku } from "@barrage/testkit";
import { AppendQueue } from "../../src/log/append-queue.ts";
import type { Unit, Write } from "../../src/log/append-group.ts";

const write: Write = {
  kind: "live",
  room: "a",
  entry: danmaku("d"),
  body: "{}",
  key: undefined,
  releases: undefined,
  matched: undefined,
};
const unit = (bytes: number, count = 1): Unit => ({
  writes: Array.from({ length: count }, () => write),
  bytes,
});
const queue = (limits: { maxAppends?: number; maxBytes?: number; maxGroup?: number } = {}) =>
  new AppendQueue<Unit>({ maxAppends: 100, maxBytes: 1_000, maxGroup: 10, ...limits });

describe("AppendQueue", () => {
  it("[LG-12] takes appends up to its number, and refuses one more unchanged", () => {
    const q = queue({ maxAppends: 3 });

    assert.deepEqual(
      [unit(1), unit(1), unit(1), unit(1)].map((each) => q.offer(each)),
      [true, true, true, false],
    );
    assert.deepEqual([q.count, q.bytes], [3, 3]);
  });

  it("[LG-12] takes bytes up to its limit, and refuses one more unchanged", () => {
    for (const [bytes, taken] of [
      [99, true],
      [100, true],
      [101, false],
    ] as const) {
      const q = queue({ maxBytes: 200 });
      q.offer(unit(100));

      assert.equal(q.offer(unit(bytes)), taken);
      assert.equal(q.bytes, taken ? 100 + bytes : 100);
    }
  });

  it("[LG-12] counts the group that is out until it is answered", () => {
    const q = queue({ maxAppends: 2 });
    q.offer(unit(5));
    q.offer(unit(5));
    assert.equal(q.takeGroup().length, 2);

    assert.equal(q.offer(unit(5)), false);
    assert.equal(q.isWaiting, false);
    q.settle();

    assert.deepEqual([q.count, q.bytes, q.offer(unit(5))], [0, 0, true]);
  });

  it("[LG-30] makes groups of at most maxGroup appends, in order, never splitting what belongs together", () => {
    const q = queue({ maxGroup: 3 });
    const units = [unit(1), unit(2, 2), unit(3), unit(4, 5), unit(5)];
    for (const each of units) q.offer(each);

    assert.deepEqual(q.takeGroup(), units.slice(0, 2));
    assert.deepEqual(q.takeGroup(), units.slice(2, 3));
    assert.deepEqual(q.takeGroup(), units.slice(3, 4));
    assert.deepEqual(q.takeGroup(), units.slice(4));
    assert.deepEqual(q.takeGroup(), []);
  });

  it("[LG-13] gives back what still waits, not what is out", () => {
    const q = queue();
    const [out, waiting] = [unit(1), unit(2)];
    q.offer(out);
    q.takeGroup();
    q.offer(waiting);

    assert.deepEqual([q.withdraw(out), q.withdraw(waiting), q.withdraw(waiting)], [false, true, false]);
    assert.deepEqual([q.count, q.bytes], [1, 1]);
  });

  it("[LG-31] empties what waits", () => {
    const q = queue();
    const [first, second] = [unit(1), unit(2)];
    q.offer(first);
    q.offer(second);

    assert.deepEqual(q.drain(), [first, second]);
    assert.deepEqual([q.count, q.bytes, q.isWaiting], [0, 0, false]);
  });
});
