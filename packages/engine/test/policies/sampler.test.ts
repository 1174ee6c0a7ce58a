import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import type { Item } from "@barrage/protocol";
import { Sampler } from "../../src/room/policies/sampler.ts";
import { START, danmaku } from "./danmaku.ts";

interface Stream {
  readonly uid: string;
  /** Danmaku a second, at any time of it. */
  readonly perSecond: number;
}

/** Numbers from 0 to 1, the same in each run (a linear congruence). */
function dice(): () => number {
  let state = 1;
  return () => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647;
}

/** What these senders say in `seconds`, in the order of time. */
function stream(senders: readonly Stream[], seconds: number): Item[] {
  const random = dice();
  const said = senders.flatMap(({ uid, perSecond }) =>
    Array.from({ length: perSecond * seconds }, (_, i) => ({
      uid,
      ms: (i % seconds) * 1_000 + Math.floor(random() * 1_000),
    })),
  );
  return said.toSorted((a, b) => a.ms - b.ms).map((fields, i) => danmaku(i + 1, fields));
}

const secondOf = (item: Item): number => Math.floor((item.at - START) / 1_000);

/** Danmaku shown of each sender in each second, from the second after the first. */
function shownOf(items: readonly Item[], ceiling: number): Map<string, number[]> {
  const sampler = new Sampler(ceiling);
  const shown = new Map<string, number[]>();
  for (const item of items) {
    const isShown = sampler.admit(item);
    const counts = shown.get(item.author.uid) ?? [];
    shown.set(item.author.uid, counts);
    const second = secondOf(item);
    counts[second] = (counts[second] ?? 0) + (isShown ? 1 : 0);
  }
  return shown;
}

const crowd = (count: number, perSecond = 1): Stream[] =>
  Array.from({ length: count }, (_, i) => ({ uid: `viewer-${i}`, perSecond }));

const sum = (counts: readonly number[]): number => counts.reduce((a, b) => a + b, 0);

describe("the sampler", () => {
  it("[RP-4] shows at most the ceiling in any second, at n - 1, n and n + 1", () => {
    for (const said of [30, 31, 32]) {
      const shown = shownOf(stream(crowd(said), 3), 31);
      for (const second of [0, 1, 2]) {
        const count = sum([...shown.values()].map((counts) => counts[second] ?? 0));
        assert.ok(count <= 31, `${count} in second ${second} of ${said}`);
        if (said <= 31) assert.equal(count, said);
      }
    }
  });

  it("[RP-4] never shows more than the ceiling, whoever says what when", () => {
    const said = fc.array(fc.record({ uid: fc.constantFrom("a", "b", "c", "d", "e"), ms: fc.nat(5_000) }), {
      maxLength: 400,
    });
    fc.assert(
      fc.property(said, fc.integer({ min: 1, max: 20 }), (records, ceiling) => {
        const items = records.map((fields, i) => danmaku(i + 1, fields));
        const inOrder = items.toSorted((a, b) => a.at - b.at);
        const sampler = new Sampler(ceiling);
        const shown = new Map<number, number>();
        for (const item of inOrder) {
          if (sampler.admit(item)) shown.set(secondOf(item), (shown.get(secondOf(item)) ?? 0) + 1);
        }
        for (const count of shown.values()) assert.ok(count <= ceiling);
      }),
    );
  });

  it("[RP-5] a flooder takes nobody's turn: who says one a second is shown each of them", () => {
    const senders = [...crowd(20), { uid: "flooder", perSecond: 400 }];
    const shown = shownOf(stream(senders, 5), 31);

    for (const { uid } of crowd(20)) {
      const later = shown.get(uid)?.slice(1) ?? [];
      assert.deepEqual(later, [1, 1, 1, 1], uid);
    }
    assert.deepEqual(shown.get("flooder")?.slice(1), [11, 11, 11, 11]);
  });

  it("[RP-5] when it begins, a flooder takes at most half of the ceiling and one", () => {
    const flood = stream([{ uid: "flooder", perSecond: 400 }], 1);
    const shown = shownOf(flood, 31);

    assert.deepEqual(shown.get("flooder"), [17]);
  });

  it("[RP-5] where there is not one for each, everybody has the same part over time, whatever they say", () => {
    const senders = [
      ...crowd(50),
      ...crowd(10, 40).map(({ uid }) => ({ uid: `loud-${uid}`, perSecond: 40 })),
    ];
    const seconds = 200;
    const shown = shownOf(stream(senders, seconds), 15);

    const parts = [...shown.values()].map((counts) => sum(counts.slice(1)) / (seconds - 1));
    // A quarter of a danmaku a second each; the draws of one sender spread by 0.03.
    for (const part of parts) assert.ok(part > 0.1 && part < 0.4, `${part}`);
    const loud = parts.slice(50);
    const quiet = parts.slice(0, 50);
    assert.ok(sum(loud) / loud.length < sum(quiet) / quiet.length + 0.05, "who says more gets no more");
    assert.ok(sum(parts) > 0.9 * 15, "and the ceiling is made use of");
  });

  it("[RP-6] a room in which at most half of the ceiling is said is shown whole", () => {
    const spoken = fc.array(fc.nat(999), { maxLength: 15 });
    fc.assert(
      fc.property(
        fc.array(fc.record({ ms: spoken, uid: fc.constantFrom("a", "b") }), { maxLength: 6 }),
        (all) => {
          const items: Item[] = [];
          all.forEach(({ ms, uid }, second) => {
            for (const at of ms.toSorted((a, b) => a - b))
              items.push(danmaku(items.length + 1, { uid, ms: second * 1_000 + at }));
          });
          const sampler = new Sampler(31);
          assert.ok(items.every((item) => sampler.admit(item)));
        },
      ),
    );
  });

  it("[RP-7] likes and arrivals go first: they get what danmaku left of the ceiling", () => {
    const like = (seq: number, ms: number) => ({ ...danmaku(seq, { ms }), kind: "like", count: 1 });
    const sampler = new Sampler(10);
    for (let i = 0; i < 8; i++) assert.ok(sampler.admit(danmaku(i + 1, { uid: `u${i}`, ms: 100 + i })));
    const first = Array.from({ length: 4 }, (_, i) => sampler.admit(like(20 + i, 200)));
    assert.deepEqual(first, [true, true, false, false]);

    const second = Array.from({ length: 4 }, (_, i) => sampler.admit(like(30 + i, 1_100)));
    assert.deepEqual(second, [true, true, false, false]);
    // They took no danmaku's place.
    for (let i = 0; i < 10; i++) assert.ok(sampler.admit(danmaku(50 + i, { uid: `u${i}`, ms: 1_200 })));
  });

  it("[RP-9] tells of a second in which something was withheld, and of the first one in which nothing was", () => {
    const sampler = new Sampler(4);
    const notices = [0, 1_000, 2_000, 3_000, 4_000, 5_000].map((ms, second) => {
      const said = second === 1 || second === 2 ? 9 : 2;
      for (let i = 0; i < said; i++)
        sampler.admit(danmaku(second * 10 + i + 1, { uid: `u${i}`, ms: ms + i }));
      return sampler.takeNotice();
    });
    assert.equal(notices[0], undefined);
    assert.equal(notices[1], undefined);
    assert.deepEqual(notices[2], { shown: 4, of: 9 });
    assert.equal(notices[3]?.of, 9);
    assert.equal(notices[4]?.of, 2);
    assert.deepEqual(notices[5], { shown: 2, of: 2 });
    assert.equal(sampler.takeNotice(), undefined);
  });

  it("[RP-8] a clock that lags by seconds does not turn the room's time back; one that was set back begins anew", () => {
    const sampler = new Sampler(1);
    assert.equal(sampler.admit(danmaku(1, { uid: "a", ms: 10_000 })), true);
    assert.equal(sampler.admit(danmaku(2, { uid: "b", ms: 8_000 })), false);
    assert.equal(sampler.admit(danmaku(3, { uid: "c", ms: 7_000 })), true);
  });

  it("[RP-22] tells 8,192 senders of a second apart, and shows nothing of those beyond", () => {
    const sampler = new Sampler(20_000);
    const admitted = [0, 8_191, 8_192].map((until) => {
      for (let i = until === 0 ? 0 : 1; i < until; i++) sampler.admit(danmaku(i + 1, { uid: `u${i}` }));
      return sampler.admit(danmaku(9_999, { uid: `last-${until}` }));
    });
    assert.equal(admitted[0], true);
    assert.equal(admitted[2], false);
  });
});
