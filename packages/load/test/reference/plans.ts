import type { LoadPlan } from "../../src/index.ts";

export const planFor = (port: number, changes: Partial<LoadPlan> = {}): LoadPlan => ({
  scenario: "test",
  protocol: "barrage",
  host: "127.0.0.1",
  port,
  run: "t1",
  seed: 1,
  rooms: ["a"],
  viewers: 10,
  popularity: { kind: "constant" },
  talk: { kind: "constant" },
  stages: [{ kind: "hold", rate: 200, seconds: 2 }],
  users: 5,
  lanes: 64,
  connectPerSecond: 1_000,
  heartbeatMs: 20_000,
  sampleShare: 0.2,
  // What a busy machine delivers late is not lost.
  drainMs: 3_000,
  storms: [],
  slow: { share: 0, pauseMs: 1_000, readMs: 1_000 },
  sources: [],
  ...changes,
});
