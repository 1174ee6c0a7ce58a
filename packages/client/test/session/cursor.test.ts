import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Item } from "@barrage/protocol";
import fc from "fast-check";
import { acceptBatch, acceptGap, acceptSnapshot, startCursor } from "../../src/session/cursor.ts";
import type { Advance, Cursor } from "../../src/session/cursor.ts";
import { batch, danmaku, snapshot } from "../records.ts";

function applied(advance: Advance): Extract<Advance, { kind: "applied" }> {
  assert.equal(advance.kind, "applied");
  assert.ok(advance.kind === "applied");
  return advance;
}
const seqs = (items: readonly Item[]): number[] => items.map((item) => item.seq);
const at = (last: number): Cursor => applied(acceptSnapshot(startCursor(), snapshot(last, [last]))).cursor;

describe("cursor", () => {
  it("[SE-10] applies a batch that continues the chain", () => {
    const next = applied(acceptBatch(at(5), batch(5, [6, 9])));

    assert.deepEqual(seqs(next.items), [6, 9]);
    assert.equal(next.cursor.last, 9);
    assert.equal(next.cursor.chain, 9);
  });

  it("[SE-10] applies nothing of a batch that was seen", () => {
    assert.deepEqual(applied(acceptBatch(at(9), batch(5, [6, 9]))).items, []);
  });

  for (const prev of [4, 6]) {
    it(`[SE-11] takes a batch after ${prev} for a fault when the chain stands at 5`, () => {
      const next = acceptBatch(at(5), batch(prev, [8]));

      assert.equal(next.kind, "fault");
      assert.equal(next.cursor.last, 5);
    });
  }

  it("[SE-12] moves on by a gap and says what was withheld", () => {
    const gap = { type: "gap", room_id: "demo", from: 5, to: 9, count: 4, reason: "slow" } as const;
    const next = applied(acceptGap(at(5), gap));

    assert.deepEqual(next.gaps, [{ from: 5, to: 9, count: 4, reason: "slow" }]);
    assert.deepEqual(seqs(applied(acceptBatch(next.cursor, batch(9, [10]))).items), [10]);
  });

  it("[SE-12] tells what the room's ceiling withheld, beside what the viewer lost", () => {
    const shed = { count: 2, reason: "slow" } as const;
    const frame = batch(5, [8], { shed, sampled: 3 });
    assert.deepEqual(applied(acceptBatch(at(5), frame)).gaps, [
      { from: 5, to: 8, count: 2, reason: "slow" },
      { from: 5, to: 8, count: 3, reason: "sampled" },
    ]);
  });

  it("[SE-12] tells a gap before the snapshot's head without moving", () => {
    const gap = { type: "gap", room_id: "demo", from: 1, to: 4, count: null, reason: "expired" } as const;
    const next = applied(acceptGap(at(5), gap));

    assert.equal(next.cursor.chain, 5);
    assert.equal(next.gaps[0]?.count, null);
  });

  it("[SE-12] takes a gap that begins after the chain for a fault", () => {
    const gap = { type: "gap", room_id: "demo", from: 6, to: 9, count: 1, reason: "slow" } as const;
    assert.equal(acceptGap(at(5), gap).kind, "fault");
  });

  it("[SE-12] tells what was shed of a batch", () => {
    const next = applied(acceptBatch(at(5), batch(5, [7], { seq: 8, shed: { count: 2, reason: "slow" } })));

    assert.deepEqual(next.gaps, [{ from: 5, to: 8, count: 2, reason: "slow" }]);
    assert.equal(next.cursor.chain, 8);
  });

  it("[SE-13] applies of a resumed snapshot only what is new", () => {
    const next = applied(acceptSnapshot(at(5), snapshot(7, [4, 5, 6, 7], { resumed: true })));
    assert.deepEqual(seqs(next.items), [6, 7]);
  });

  it("[SE-14] follows the chain of a server that is behind without applying anything again", () => {
    const behind = applied(acceptSnapshot(at(9), snapshot(6, [6], { resumed: true })));
    const next = applied(acceptBatch(behind.cursor, batch(6, [7, 9, 10])));

    assert.deepEqual(behind.items, []);
    assert.deepEqual(seqs(next.items), [10]);
  });

  for (const [after, kind] of [
    [60_000, "applied"],
    [60_001, "fault"],
  ] as const) {
    it(`[SE-15] says ${kind} to an old seq written ${after} ms after the last one`, () => {
      const items = [danmaku(3, { at: 1_000 + after })];
      const next = acceptSnapshot(at(9), snapshot(3, [], { items, resumed: true }));

      assert.equal(next.kind, kind);
      assert.equal(next.cursor.last, kind === "fault" ? undefined : 9);
    });
  }

  for (const [what, frame] of [
    ["a wrong count", batch(5, [6, 7], { count: 1 })],
    ["records out of order", batch(5, [7, 6], { seq: 7 })],
    ["a record twice", batch(5, [6, 6])],
    ["a record above its own end", batch(5, [6, 9], { seq: 8 })],
    ["a record before its own start", batch(5, [5, 6])],
  ] as const) {
    it(`[SE-16] takes ${what} for a fault`, () => {
      assert.equal(acceptBatch(at(5), frame).kind, "fault");
    });
  }

  it("[SE-10] [SE-11] [SE-13] keeps order and once, and sees every loss, whatever a network does to the batches", () => {
    const delivery = fc.constantFrom("ok", "drop", "twice", "reconnect", "behind");
    fc.assert(
      fc.property(fc.array(delivery, { minLength: 1, maxLength: 60 }), (fates) => {
        let cursor = applied(acceptSnapshot(startCursor(), snapshot(0))).cursor;
        const handed: number[] = [];
        const take = (advance: Advance): boolean => {
          cursor = advance.cursor;
          if (advance.kind === "applied") handed.push(...seqs(advance.items));
          return advance.kind === "applied";
        };
        // Comes back to a server that has everything up to `head`, or only up to `head - 2`.
        const resume = (head: number): void => {
          const since = cursor.last ?? 0;
          const missed = Array.from({ length: Math.max(0, head - since) }, (_, i) => since + 1 + i);
          take(acceptSnapshot(cursor, snapshot(head, missed, { resumed: true })));
        };
        let isWhole = true;
        fates.forEach((fate, i) => {
          const seq = i + 1;
          if (fate === "reconnect") resume(seq);
          else if (fate === "behind") {
            const head = Math.max(0, seq - 2);
            resume(head);
            for (let s = head + 1; s <= seq; s++) take(acceptBatch(cursor, batch(s - 1, [s])));
          } else if (fate === "drop") isWhole = false;
          else if (!take(acceptBatch(cursor, batch(seq - 1, [seq])))) {
            assert.equal(isWhole, false, "a fault only where something is missing");
            resume(seq);
          }
          if (fate === "twice")
            assert.deepEqual(applied(acceptBatch(cursor, batch(seq - 1, [seq]))).items, []);
          if (fate !== "drop") {
            isWhole = true;
            assert.deepEqual(
              handed,
              Array.from({ length: seq }, (_, k) => k + 1),
            );
          }
        });
      }),
    );
  });
});
