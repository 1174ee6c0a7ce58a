import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { judge, longestSilence } from "./harness/judge.ts";
import type { Acked, Archived, Seen, Sight } from "./harness/record.ts";

const ROOM = "r";

const seen = (n: number, change: Partial<Seen> = {}): Seen => ({
  id: `id${n}`,
  kind: "danmaku",
  seq: n * 10,
  n,
  content: `text ${n}`,
  at: n * 100,
  ...change,
});

const acked = (n: number): Acked => ({
  room: ROOM,
  content: `text ${n}`,
  id: `id${n}`,
  seq: n * 10,
  at: n * 100,
});

const sight = (records: readonly Seen[], change: Partial<Sight> = {}): Sight => ({
  viewer: "v",
  room: ROOM,
  since: 0,
  seen: records,
  withheld: [],
  faults: [],
  ...change,
});

const FIVE = [1, 2, 3, 4, 5];
const ALL_ACKED = FIVE.map(acked);
const NO_ARCHIVE: ReadonlyMap<string, readonly Archived[]> = new Map();
const archive = (records: readonly Archived[]): ReadonlyMap<string, readonly Archived[]> =>
  new Map([[ROOM, records]]);

/** What is counted of one viewer who noted these. */
function counts(records: readonly Seen[], change: Partial<Sight> = {}) {
  const { lost, duplicated, disordered } = judge(ALL_ACKED, [sight(records, change)], NO_ARCHIVE);
  return { lost, duplicated, disordered };
}

const NOTHING = { lost: 0, duplicated: 0, disordered: 0 };

describe("the judge of a fault", () => {
  it("[FT-20] [FT-21] [FT-22] finds nothing where everything came once and in order", () => {
    assert.deepEqual(counts(FIVE.map((n) => seen(n))), NOTHING);
    assert.deepEqual(judge(ALL_ACKED, [], archive(FIVE.map((n) => seen(n)))), {
      ...NOTHING,
      withheld: 0,
      findings: [],
    });
  });

  it("[FT-20] finds what did not come, and lets pass what was told or was before the viewer's start", () => {
    const without3 = [1, 2, 4, 5].map((n) => seen(n));
    assert.equal(counts(without3).lost, 1);
    assert.deepEqual(counts(without3, { withheld: [{ from: 20, to: 30 }] }), NOTHING);
    assert.equal(counts(without3, { withheld: [{ from: 30, to: 40 }] }).lost, 1);
    assert.deepEqual(counts([seen(4), seen(5)], { since: 30 }), NOTHING);
    assert.equal(counts([seen(4), seen(5)], { since: 29 }).lost, 1);
    assert.equal(counts([1, 2, 3, 4].map((n) => seen(n))).lost, 1);
  });

  it("[FT-20] finds what the archive lacks, also where the viewers have it", () => {
    const found = judge(
      ALL_ACKED,
      [sight(FIVE.map((n) => seen(n)))],
      archive([1, 2, 3, 4].map((n) => seen(n))),
    );
    assert.equal(found.lost, 1);
    assert.match(found.findings[0] ?? "", /archive of r lacks text 5/);
  });

  it("[FT-21] finds an id twice, and a text twice under two ids", () => {
    assert.equal(counts([...FIVE.map((n) => seen(n)), seen(6, { id: "id2" })]).duplicated, 1);
    assert.equal(counts([...FIVE.map((n) => seen(n)), seen(6, { content: "text 2" })]).duplicated, 1);
    const doubled = [...FIVE.map((n) => seen(n)), seen(6, { content: "text 2" })];
    assert.equal(judge(ALL_ACKED, [], archive(doubled)).duplicated, 1);
    const event = { kind: "room-event", content: "" };
    assert.equal(counts([...FIVE.map((n) => seen(n)), seen(6, event), seen(7, event)]).duplicated, 0);
  });

  it("[FT-22] finds a seq that goes back or stands, and one that is not the acknowledged one", () => {
    const swapped = [seen(1), seen(3), seen(2), seen(4), seen(5)];
    assert.equal(counts(swapped).disordered > 0, true);
    assert.equal(counts([seen(1), seen(2), seen(3, { seq: 20 }), seen(4), seen(5)]).disordered, 2);
    assert.equal(counts([seen(1), seen(2, { seq: 25 }), seen(3), seen(4), seen(5)]).disordered, 1);
  });

  it("[FT-22] finds an n that jumps, unless a gap was told there", () => {
    const jump = [seen(1), seen(2), seen(3), seen(4, { n: 5 }), seen(5, { n: 6 })];
    assert.equal(counts(jump).disordered, 1);
    assert.equal(counts(jump, { withheld: [{ from: 30, to: 35 }] }).disordered, 0);
    assert.equal(judge(ALL_ACKED, [], archive(jump)).disordered, 1);
  });

  it("[FT-22] counts what the viewer itself found wrong", () => {
    assert.equal(
      counts(
        FIVE.map((n) => seen(n)),
        { faults: ["prev 1, but the last seq was 2"] },
      ).disordered,
      1,
    );
  });

  it("[FT-23] measures the longest wait of any viewer behind the fault, and none before it or after the load", () => {
    const at = (...times: readonly number[]): Sight =>
      sight(times.map((time, i) => seen(i + 1, { at: time })));
    assert.equal(longestSilence([at(0, 900, 1_000, 1_100, 1_200)], 950, 1_200), 100);
    assert.equal(longestSilence([at(0, 900, 1_600, 1_700)], 950, 1_700), 650);
    assert.equal(longestSilence([at(900, 1_000, 1_100), at(900, 1_000)], 950, 1_500), 500);
    assert.equal(longestSilence([at(900, 1_000, 5_000)], 950, 1_100), 100);
    assert.equal(longestSilence([at()], 950, 1_500), 550);
  });
});
