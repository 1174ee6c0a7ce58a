import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  changePolicies,
  checkPolicies,
  goimNews,
  hasPolicies,
  NO_POLICIES,
  slowSeconds,
  withSlowMode,
} from "../src/index.ts";
import type { BatchFrame, PolicyChange } from "../src/index.ts";

const batch = (fields: Partial<BatchFrame>): BatchFrame => ({
  type: "batch",
  room_id: "r",
  prev: 1,
  seq: 9,
  count: 0,
  items: [],
  window_ms: 25,
  ...fields,
});

describe("policies", () => {
  it("[RP-1] everything is off at first, and a change names what it changes", () => {
    assert.equal(hasPolicies(NO_POLICIES), false);
    const merge = { mode: "dry_run", window_s: 3 } as const;
    const changed = changePolicies(NO_POLICIES, { merge });
    assert.deepEqual(changed, { ...NO_POLICIES, merge });
    assert.equal(hasPolicies(changed), true);
  });

  it("[RP-1] numbers out of their ranges are refused, at n - 1, n and n + 1", () => {
    const bounds: readonly (readonly [(n: number) => PolicyChange, number])[] = [
      [(per_second) => ({ ceiling: { mode: "on", per_second } }), 1_000],
      [(window_s) => ({ merge: { mode: "on", window_s } }), 60],
      [(seconds) => ({ slow: { mode: "on", seconds, exempt: [] } }), 86_400],
      [(seconds) => ({ unique: { mode: "on", seconds, count: 1 } }), 3_600],
      [(count) => ({ unique: { mode: "on", seconds: 1, count } }), 2_000],
    ];
    for (const [change, max] of bounds) {
      for (const good of [1, 2, max - 1, max]) checkPolicies(change(good));
      for (const bad of [0, -1, 1.5, max + 1, Number.NaN])
        assert.throws(() => checkPolicies(change(bad)), { code: "BARRAGE_BAD_FIELD" }, `${bad} of ${max}`);
    }
    const maybe = { merge: { mode: "maybe", window_s: 1 } } as unknown as PolicyChange;
    const friends = { slow: { mode: "on", seconds: 1, exempt: ["friend"] } } as unknown as PolicyChange;
    for (const bad of [maybe, friends])
      assert.throws(() => checkPolicies(bad), { code: "BARRAGE_BAD_FIELD" });
  });

  it("[RP-18] slow mode by its own command keeps who is exempt; a dry run keeps nobody waiting", () => {
    const slow = { mode: "dry_run", seconds: 9, exempt: ["host"] } as const;
    const before = changePolicies(NO_POLICIES, { slow });
    assert.equal(slowSeconds(before), 0);
    const on = withSlowMode(before, 30);
    assert.deepEqual(on.slow, { mode: "on", seconds: 30, exempt: ["host"] });
    assert.equal(slowSeconds(on), 30);
    assert.deepEqual(withSlowMode(on, 0).slow, { mode: "off", seconds: 30, exempt: ["host"] });
  });
});

describe("what a batch says beside its records, in the goim form", () => {
  it("[RP-24] counts are one card of kind 102, its data JSON in a string", () => {
    const merged = [
      { seq: 3, count: 128, content: "哈哈" },
      { seq: 4, count: 2, content: "666" },
    ];
    const [news, ...others] = goimNews(batch({ merged }));
    assert.deepEqual(others, []);
    assert.equal(news?.cmd, "DM_INTERACTION");
    assert.equal(news.data["type"], 102);
    const data = JSON.parse(String(news.data["data"])) as { combo: object[]; merge_interval: number };
    assert.equal(data.merge_interval, 25);
    assert.deepEqual(data.combo[0], { id: 3, status: 4, content: "哈哈", cnt: 128, guide: "他们都在说:" });
    assert.equal(data.combo.length, 2);
  });

  it("[RP-24] a rate is a command of its own; without news there is none", () => {
    assert.deepEqual(goimNews(batch({ rate: { shown: 31, of: 412 } })), [
      { cmd: "BARRAGE_SAMPLE_RATE", data: { shown: 31, of: 412 }, barrage: { seq: 9 } },
    ]);
    assert.deepEqual(goimNews(batch({})), []);
  });
});
