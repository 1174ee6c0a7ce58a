import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { PolicyTally } from "@barrage/engine";
import { ClusterEngine } from "../../../src/roles/cluster/cluster-engine.ts";
import type { ClusterEngineParts } from "../../../src/roles/cluster/cluster-engine.ts";

describe("what a process of a cluster counts", () => {
  it("[CR-43] policies: what it refused itself, and what its router merged or kept back", () => {
    const [refused, judged] = [new PolicyTally(), new PolicyTally()];
    const parts = {
      ingest: { tally: refused, half: {}, directory: {} },
      gateway: undefined,
      logStats: () => undefined,
      roomCount: () => 0,
      windowMs: () => 10,
      logAway: () => undefined,
    };
    const engineOf = (router?: object) =>
      new ClusterEngine({ ...parts, router: () => router } as unknown as ClusterEngineParts);
    const [both, one] = [engineOf({ published: 3, muted: 1, policies: judged.total }), engineOf()];
    refused.add("r", "slow", "on");
    judged.add("r", "merge", "on");
    judged.add("r", "slow", "dry_run");

    assert.deepEqual(both.totals.policies.slow, { on: 1, dry_run: 1 });
    assert.deepEqual(both.totals.policies.merge, { on: 1, dry_run: 0 });
    assert.deepEqual([both.totals.published, both.totals.muted], [3, 1]);
    assert.deepEqual(one.totals.policies.merge, { on: 0, dry_run: 0 });
    assert.deepEqual([one.totals.published, one.totals.delivered], [0, 0]);
  });
});
