import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { background } from "@barrage/kernel";
import { NO_POLICIES } from "@barrage/protocol";
import type { Item, PolicyChange, RoomPolicies } from "@barrage/protocol";
import type { RoomItem, WindowSlice } from "@barrage/engine";
import { Judge } from "../../src/room/policies/judge.ts";
import { PolicyTally } from "../../src/room/policies/tally.ts";
import { Judges } from "../../src/router/judges.ts";
import type { JudgedRoom } from "../../src/router/judges.ts";
import { START, ceiling, danmaku, merging } from "./danmaku.ts";

const judged = (policies: RoomPolicies, items: readonly Item[]): RoomItem[] => {
  const judge = new Judge(policies);
  return items.map((item) => judge.judge(item));
};

const withheld = (items: readonly RoomItem[]) => items.map((item) => item.withheld);

const policyRecord = (seq: number, ms: number, change: PolicyChange): Item => ({
  kind: "room-event",
  id: `p${seq}`,
  seq,
  n: seq,
  at: START + ms,
  author: { uid: "h", name: "H", role: "host" },
  event: { type: "policies", change },
});

describe("merging", () => {
  it("[RP-12] shows the first, and counts into it what says nearly the same within the window", () => {
    const items = judged(merging(10), [
      danmaku(1, { content: "哈哈哈" }),
      danmaku(2, { content: "哈哈哈哈哈", ms: 100 }),
      danmaku(3, { content: "else", ms: 200 }),
      danmaku(4, { content: "哈 哈", ms: 9_999 }),
    ]);

    assert.deepEqual(withheld(items), [
      undefined,
      { seq: 1, count: 2, content: "哈哈哈" },
      undefined,
      { seq: 1, count: 3, content: "哈哈哈" },
    ]);
  });

  it("[RP-12] the window ends with its last millisecond, counted from the first", () => {
    for (const [ms, isMerged] of [
      [9_999, true],
      [10_000, false],
      [10_001, false],
    ] as const) {
      const items = judged(merging(10), [
        danmaku(1, { content: "a" }),
        danmaku(2, { content: "a", ms: 6_000 }),
        danmaku(3, { content: "a", ms }),
      ]);
      assert.equal(items[2]?.withheld !== undefined, isMerged, `${ms}`);
    }
  });

  it("[RP-12] what host, moderators and services say stands alone", () => {
    const byHost: Item = { ...danmaku(2, { content: "a" }), author: { uid: "h", name: "H", role: "host" } };
    assert.deepEqual(withheld(judged(merging(10), [danmaku(1, { content: "a" }), byHost])), [
      undefined,
      undefined,
    ]);
  });

  it("[RP-12] what the ceiling withheld nothing is merged into", () => {
    const both = { ...merging(10), ceiling: { mode: "on", per_second: 1 } } as const;
    const items = judged(both, [
      danmaku(1, { content: "a", uid: "a" }),
      danmaku(2, { content: "b", uid: "b", ms: 1 }),
      danmaku(3, { content: "b", uid: "c", ms: 2 }),
      danmaku(4, { content: "a", uid: "d", ms: 3 }),
    ]);
    assert.deepEqual(withheld(items), [undefined, "sampled", "sampled", { seq: 1, count: 2, content: "a" }]);
  });

  it("[RP-17] what was recalled takes no more: the next one is shown", () => {
    const recall = (target: { id: string } | { uid: string }): Item => ({
      kind: "recall",
      id: "r",
      seq: 3,
      n: 3,
      at: START + 2,
      author: { uid: "h", name: "H", role: "host" },
      target,
    });
    for (const target of [{ id: "d1" }, { uid: "u" }]) {
      const items = judged(merging(10), [
        danmaku(1, { content: "a" }),
        danmaku(2, { content: "a", ms: 1 }),
        recall(target),
        danmaku(4, { content: "a", ms: 3 }),
        danmaku(5, { content: "a", ms: 4 }),
      ]);
      assert.equal(items[3]?.withheld, undefined);
      assert.deepEqual(items[4]?.withheld, { seq: 4, count: 2, content: "a" });
    }
  });

  it("[RP-22] keeps 1,024 danmaku open that others may be merged into; the oldest is closed", () => {
    for (const [between, isMerged] of [
      [1_022, true],
      [1_023, true],
      [1_024, false],
    ] as const) {
      const others = Array.from({ length: between }, (_, i) => danmaku(i + 2, { content: `other ${i}` }));
      const items = judged(merging(10), [
        danmaku(1, { content: "a" }),
        ...others,
        danmaku(5_000, { content: "a" }),
      ]);
      assert.equal(items.at(-1)?.withheld !== undefined, isMerged, `${between}`);
    }
  });
});

describe("what is judged", () => {
  it("[RP-4] recalls, room events, what was paid for, and what host, moderators and services say is always shown", () => {
    const { author: _, ...base } = danmaku(1);
    const by = (role: "host" | "moderator" | "service") => ({
      ...base,
      author: { uid: role, name: role, role },
    });
    const money = {
      amount_micros: 1,
      currency: "CNY",
      author: { uid: "p", name: "P", role: "viewer" as const },
    };
    const always = [
      by("host"),
      by("moderator"),
      by("service"),
      { ...base, ...money, kind: "superchat", pin_ms: 1 },
      { ...base, ...money, kind: "gift", gift_id: "g", gift_name: "G", count: 1 },
      policyRecord(1, 0, {}),
    ].map((item, i) => ({ ...item, id: `x${i}`, seq: i + 1, n: i + 1 }) as Item);
    const items = judged(ceiling(1), [...always, danmaku(10), danmaku(11, { uid: "v" }), ...always]);

    assert.equal(items.filter((item) => item.withheld !== undefined).length, 1);
    assert.equal(items[7]?.withheld, "sampled");
  });

  it("[RP-2] a change is in force for the records after it", () => {
    const items = judged(NO_POLICIES, [
      danmaku(1, { content: "a" }),
      policyRecord(2, 1, { merge: { mode: "on", window_s: 5 } }),
      danmaku(3, { content: "a", ms: 2 }),
      danmaku(4, { content: "a", ms: 3 }),
      policyRecord(5, 4, { merge: { mode: "off", window_s: 5 } }),
      danmaku(6, { content: "a", ms: 5 }),
    ]);
    assert.deepEqual(withheld(items), [
      undefined,
      undefined,
      undefined,
      { seq: 3, count: 2, content: "a" },
      undefined,
      undefined,
    ]);
  });

  it("[RP-3] a dry run withholds nothing and counts what it would have", () => {
    const counts: string[] = [];
    const dry: RoomPolicies = {
      ...NO_POLICIES,
      ceiling: { mode: "dry_run", per_second: 1 },
      merge: { mode: "dry_run", window_s: 5 },
    };
    const judge = new Judge(dry, (policy, mode) => counts.push(`${policy} ${mode}`));
    const said = ["a", "a", "b"].map((content, i) => danmaku(i + 1, { content, uid: `u${i}` }));

    for (const item of said) assert.equal(judge.judge(item), item);
    assert.deepEqual(counts, ["merge dry_run", "ceiling dry_run", "ceiling dry_run"]);
    assert.equal(judge.takeNotice(), undefined);
  });
});

const anyRecord = fc.record({
  uid: fc.constantFrom("a", "b", "c", "d"),
  ms: fc.nat(700),
  content: fc.constantFrom("哈哈", "哈哈哈", "666", "6666", "x", "y"),
  change: fc.option(
    fc.constantFrom<PolicyChange>(
      { ceiling: { mode: "on", per_second: 2 } },
      { ceiling: { mode: "off", per_second: 2 } },
      { merge: { mode: "on", window_s: 1 } },
      { merge: { mode: "dry_run", window_s: 1 } },
    ),
    { freq: 12 },
  ),
});

const recordsOf = (
  all: readonly { uid: string; ms: number; content: string; change: PolicyChange | null }[],
) => {
  let at = 0;
  return all.map(({ ms, change, ...fields }, i) => {
    at += ms;
    return change === null ? danmaku(i + 1, { ...fields, ms: at }) : policyRecord(i + 1, at, change);
  });
};

const both: RoomPolicies = {
  ...NO_POLICIES,
  ceiling: { mode: "on", per_second: 3 },
  merge: { mode: "on", window_s: 2 },
};

/** A window that has what was judged so far. */
function windowOf(judgedSoFar: RoomItem[]) {
  const read = (): Promise<WindowSlice> =>
    Promise.resolve({ items: judgedSoFar, head: { seq: 0, n: 0 }, floor: { seq: 0, n: 0 } });
  return { read };
}

describe("judging in batches", () => {
  it("[RP-8] the same records give the same decisions, however they are cut into batches", async () => {
    const cuts = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 60 });
    await fc.assert(
      fc.asyncProperty(fc.array(anyRecord, { maxLength: 80 }), cuts, async (all, sizes) => {
        const records = recordsOf(all);
        const whole = judged(both, records);

        const soFar: RoomItem[] = [];
        const judges = new Judges(windowOf(soFar), new PolicyTally());
        const room: JudgedRoom & { head: { seq: number; n: number } } = {
          room: "r",
          head: { seq: 0, n: 0 },
          policies: both,
        };
        for (let from = 0, i = 0; from < records.length; i++) {
          const part = records.slice(from, (from += sizes[i % sizes.length] ?? 1));
          soFar.push(...(await judges.judge(room, part, background)).items);
          room.head = { seq: soFar.length, n: soFar.length };
        }

        assert.deepEqual(soFar, whole);
      }),
    );
  });

  it("[RP-8] a router that starts again goes on as if it had not", async () => {
    const noChange = fc.array(
      anyRecord.map((record) => ({ ...record, change: null })),
      { maxLength: 60 },
    );
    await fc.assert(
      fc.asyncProperty(noChange, fc.nat(60), async (all, at) => {
        const records = recordsOf(all);
        const whole = judged(both, records);
        const before = whole.slice(0, at);
        const judges = new Judges(windowOf(before), new PolicyTally());
        const last = before.at(-1) ?? { seq: 0, n: 0 };
        const room = { room: "r", head: { seq: last.seq, n: last.n }, policies: both };

        const { items } = await judges.judge(room, records.slice(at), background);

        assert.deepEqual(items, whole.slice(at));
      }),
    );
  });

  it("[RP-3] the counts add up: each record is shown, sampled or merged, and those two are what is counted", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(
          anyRecord.map((record) => ({ ...record, change: null })),
          { maxLength: 80 },
        ),
        async (all) => {
          const records = recordsOf(all);
          const tally = new PolicyTally();
          const judges = new Judges(windowOf([]), tally);
          const { items } = await judges.judge(
            { room: "r", head: { seq: 0, n: 0 }, policies: both },
            records,
            background,
          );
          const shown = items.filter((item) => item.withheld === undefined);
          const sampled = items.filter((item) => item.withheld === "sampled");
          const merged = items.length - shown.length - sampled.length;

          const counts = tally.of("r");
          assert.deepEqual([counts.ceiling.on, counts.merge.on], [sampled.length, merged]);
          const grown = new Map<number, number>();
          for (const { withheld: into } of items)
            if (into !== undefined && into !== "sampled") grown.set(into.seq, into.count);
          assert.equal(
            [...grown.values()].reduce((sum, count) => sum + count - 1, 0),
            merged,
          );
          for (const seq of grown.keys())
            assert.ok(
              shown.some((item) => item.seq === seq),
              "into one that is shown",
            );
        },
      ),
    );
  });

  it("[RP-22] keeps the judges of 1,024 rooms; one that was forgotten reads its room's window again", async () => {
    let reads = 0;
    const read = (): Promise<WindowSlice> => {
      reads += 1;
      return windowOf([]).read();
    };
    const judges = new Judges({ read }, new PolicyTally());
    const say = (room: string) =>
      judges.judge({ room, head: { seq: 0, n: 0 }, policies: both }, [danmaku(1)], background);
    for (let i = 0; i < 1_024; i++) await say(`r${i}`);
    await say("r0");
    assert.equal(reads, 1_024);

    await say("one more");
    await say("r0");
    assert.equal(reads, 1_025);
    await say("r1");
    assert.equal(reads, 1_026);
  });
});
