import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { planWindows } from "../src/router/plan-windows.ts";
import type { RoomLoad, WindowBudget } from "../src/router/plan-windows.ts";

const budget: WindowBudget = { costMs: 0.01, share: 0.5, spanMs: 250, lateMs: 0, minMs: 10, maxMs: 250 };

const room = (name: string, viewers: number, records = 250): RoomLoad => ({ room: name, viewers, records });

/** Share of the process that fan-out takes with these windows. */
function shareOf(
  rooms: readonly RoomLoad[],
  windows: ReadonlyMap<string, number>,
  own: WindowBudget,
): number {
  return rooms.reduce((sum, { room: name, viewers, records }) => {
    const perSecond = Math.min(1_000 / (windows.get(name) ?? own.minMs), (records * 1_000) / own.spanMs);
    return sum + (viewers * perSecond * own.costMs) / 1_000;
  }, 0);
}

const loads = fc.uniqueArray(
  fc.record({ room: fc.string(), viewers: fc.nat(30_000), records: fc.integer({ min: 1, max: 5_000 }) }),
  { selector: ({ room: name }) => name, maxLength: 30 },
);
const budgets = fc.record({
  costMs: fc.double({ min: 0.001, max: 0.1, noNaN: true }),
  share: fc.double({ min: 0.1, max: 1, noNaN: true }),
  spanMs: fc.constant(250),
  lateMs: fc.constant(0),
  minMs: fc.constant(10),
  maxMs: fc.constant(250),
});

describe("plan of the flush windows", () => {
  const table: readonly (readonly [string, readonly RoomLoad[], Readonly<Record<string, number>>])[] = [
    ["nobody speaks", [], {}],
    ["one small room", [room("a", 10)], {}],
    ["500 viewers are the limit at 10 ms", [room("a", 500)], {}],
    ["501 are over it", [room("a", 501)], { a: 10.02 }],
    ["1,000 viewers take the whole share at 20 ms", [room("a", 1_000)], { a: 20 }],
    ["no window is over the largest", [room("a", 1_000_000)], { a: 250 }],
    ["two large rooms share alike", [room("a", 1_000), room("b", 1_000)], { a: 40, b: 40 }],
    ["a small room keeps the smallest", [room("a", 1_000), room("b", 10)], { a: 1_000 / 49 }],
    ["a room that says little needs no window", [room("a", 5_000, 1)], {}],
  ];
  for (const [name, rooms, expected] of table) {
    it(`[DL-31] ${name}`, () => {
      const planned = Object.fromEntries(planWindows(rooms, budget));

      assert.deepEqual(Object.keys(planned), Object.keys(expected));
      for (const [key, ms] of Object.entries(expected)) {
        assert.equal(Math.abs((planned[key] ?? 0) - ms) < 0.001, true, `${key}: ${String(planned[key])}`);
      }
    });
  }

  it("[DL-31] every window lies between the smallest and the largest", () => {
    fc.assert(
      fc.property(loads, budgets, (rooms, own) => {
        for (const ms of planWindows(rooms, own).values()) {
          if (ms < own.minMs || ms > own.maxMs) return false;
        }
        return true;
      }),
    );
  });

  it("[DL-31] fan-out stays in its share, unless a room is at the largest window", () => {
    fc.assert(
      fc.property(loads, budgets, (rooms, own) => {
        const windows = planWindows(rooms, own);
        const isAtLimit = [...windows.values()].some((ms) => ms >= own.maxMs);
        return isAtLimit || shareOf(rooms, windows, own) <= own.share * 1.000_001;
      }),
    );
  });

  it("[DL-31] no window is larger than it must be: where one is, the whole share is used", () => {
    fc.assert(
      fc.property(loads, budgets, (rooms, own) => {
        const windows = planWindows(rooms, own);
        return windows.size === 0 || shareOf(rooms, windows, own) >= own.share * 0.999_999;
      }),
    );
  });

  it("[DL-31] a room never waits longer than a larger one that says as much", () => {
    fc.assert(
      fc.property(loads, budgets, (rooms, own) => {
        const busy = rooms.map((each) => ({ ...each, records: 5_000 })).sort((a, b) => a.viewers - b.viewers);
        const windows = planWindows(busy, own);
        const inOrder = busy.map(({ room: name }) => windows.get(name) ?? own.minMs);
        return inOrder.every((ms, i) => i === 0 || ms >= (inOrder[i - 1] ?? 0) - 1e-9);
      }),
    );
  });

  const lateTable: readonly (readonly [
    string,
    number,
    readonly RoomLoad[],
    Readonly<Record<string, number>>,
  ])[] = [
    ["late by as much as the smallest window changes nothing", 10, [room("a", 500)], {}],
    ["a room in its share waits as long as the loop is late", 11, [room("a", 500)], { a: 11 }],
    ["a longer window that its share asks for stays", 15, [room("a", 1_000)], { a: 20 }],
    ["no window is over the largest", 900, [room("a", 500)], { a: 250 }],
    ["what takes a hundredth of the process stays", 100, [room("a", 10)], {}],
    ["a room that is flushed less often anyway stays", 40, [room("a", 1_000, 5)], {}],
    ["rooms of one size wait alike", 40, [room("a", 100), room("b", 100)], { a: 40, b: 40 }],
    ["a small room keeps the smallest", 40, [room("a", 400), room("b", 10)], { a: 40 }],
  ];
  for (const [name, lateMs, rooms, expected] of lateTable) {
    it(`[DL-43] ${name}`, () => {
      const planned = Object.fromEntries(planWindows(rooms, { ...budget, lateMs }));

      assert.deepEqual(Object.keys(planned), Object.keys(expected));
      for (const [key, ms] of Object.entries(expected)) {
        assert.equal(Math.abs((planned[key] ?? 0) - ms) < 0.001, true, `${key}: ${String(planned[key])}`);
      }
    });
  }

  it("[DL-43] however late: no window is shorter than without, nor longer for it than the loop is late", () => {
    fc.assert(
      fc.property(loads, budgets, fc.double({ min: 0, max: 1_000, noNaN: true }), (rooms, own, lateMs) => {
        const [inTime, late] = [planWindows(rooms, own), planWindows(rooms, { ...own, lateMs })];
        return rooms.every(({ room: name }) => {
          const [before, after] = [inTime.get(name) ?? own.minMs, late.get(name) ?? own.minMs];
          return after >= before && after <= Math.max(before, Math.min(own.maxMs, lateMs));
        });
      }),
    );
  });
});
