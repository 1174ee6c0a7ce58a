import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { LogPartition, LogRecord } from "@barrage/engine";
import { background, Scope } from "@barrage/kernel";
import { danmaku } from "@barrage/testkit";
import { FirstPlaces } from "../../src/kafka/first-places.ts";

const HORIZON = 100;

/** A partition with these records, by seq; says from where it was read. */
function partition(records: ReadonlyMap<number, string>): {
  readonly partition: Pick<LogPartition, "read">;
  readonly reads: number[];
} {
  const reads: number[] = [];
  const all: readonly LogRecord[] = [...records]
    .toSorted(([a], [b]) => a - b)
    .map(([seq, id]) => ({ seq, room: "a", entry: danmaku(id), live: true }));
  const read = async (after: number, limit: number): Promise<readonly LogRecord[]> => {
    reads.push(after);
    return all.filter(({ seq }) => seq > after).slice(0, limit);
  };
  return { partition: { read }, reads };
}

/** Where each of these is told to stand. */
async function placesOf(
  records: ReadonlyMap<number, string>,
  asked: readonly { readonly id: string; readonly seq: number; readonly room?: string }[],
): Promise<{ readonly places: readonly number[]; readonly reads: readonly number[] }> {
  await using scope = new Scope(background, { name: "first places test" });
  const { partition: from, reads } = partition(records);
  const first = new FirstPlaces(from, HORIZON, scope);
  const places = await Promise.all(asked.map((one) => first.find({ room: "a", ...one }, background)));
  return { places, reads };
}

describe("the place of a record that was stored twice", () => {
  it("[KL-40] is the first one's, and its own where there is no other of its id in its room", async () => {
    const records = new Map([
      [10, "x"],
      [20, "y"],
      [30, "x"],
    ]);

    assert.deepEqual((await placesOf(records, [{ id: "x", seq: 30 }])).places, [10]);
    assert.deepEqual((await placesOf(records, [{ id: "y", seq: 20 }])).places, [20]);
    assert.deepEqual((await placesOf(records, [{ id: "x", seq: 30, room: "b" }])).places, [30]);
  });

  it("[KL-40] is looked for as far back as readers know repeats, and no further", async () => {
    for (const [distance, expected] of [
      [HORIZON - 1, 1_000],
      [HORIZON, 1_000],
      [HORIZON + 1, 1_000 + HORIZON + 1],
    ] as const) {
      const again = 1_000 + distance;
      const records = new Map([
        [1_000, "x"],
        [again, "x"],
      ]);

      assert.deepEqual((await placesOf(records, [{ id: "x", seq: again }])).places, [expected]);
    }
  });

  it("[KL-40] is found for all who ask at once in one look", async () => {
    const ids = Array.from({ length: 40 }, (_, i) => `id${i}`);
    const records = new Map(ids.flatMap((id, i) => [[i + 1, id] as const, [i + 51, id] as const]));

    const { places, reads } = await placesOf(
      records,
      ids.map((id, i) => ({ id, seq: i + 51 })),
    );

    assert.deepEqual(
      places,
      ids.map((_, i) => i + 1),
    );
    assert.equal(reads.length, 1);
  });

  it("[KL-40] is not told where the partition cannot be read", async () => {
    await using scope = new Scope(background, { name: "first places test" });
    const broken = { read: () => Promise.reject(new Error("away")) };
    const first = new FirstPlaces(broken, HORIZON, scope);

    await assert.rejects(first.find({ room: "a", id: "x", seq: 5 }, background), /away/);
    await assert.rejects(first.find({ room: "a", id: "x", seq: 5 }, background), /away/);
  });
});
