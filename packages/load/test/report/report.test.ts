import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { background } from "@barrage/kernel";
import {
  checkPlan,
  compareReports,
  judged,
  measuresOf,
  parseReport,
  parseThreshold,
  planOf,
  reportHtml,
  reportLines,
  runLoad,
  SCENARIO_LIST,
  sparkline,
} from "../../src/index.ts";
import { madeReport } from "./made-report.ts";
import { planFor } from "../reference/plans.ts";
import { ReferenceServer } from "../reference/reference-server.ts";

const CHOICE = {
  protocol: "barrage",
  host: "127.0.0.1",
  port: 1,
  run: "t2",
  seed: 1,
  viewers: 40,
  rate: 100,
  seconds: 10,
  users: 4,
};

describe("a report", () => {
  it("[LD-22] comes back from its JSON, compares with itself as equal, is lines and a page", async () => {
    await using server = await new ReferenceServer("barrage", {
      fate: (_, seq) => ({ copies: seq % 10 === 0 ? 0 : 1, delayMs: 0 }),
    }).listen();
    const stages = [{ kind: "hold", rate: 100, seconds: 1 } as const];
    const report = await runLoad(planFor(server.port, { stages, scenario: "<b>" }), {}, background);

    const read = parseReport(JSON.stringify(report), "r.json");
    assert.deepEqual(read, report);
    assert.equal(measuresOf(read)["lost"], 100);
    assert.ok(reportLines(read).some((line) => line.includes("received 900 of 1000; lost 100")));
    assert.ok(compareReports(report, read).rows.every(({ ratio }) => ratio === 1));
    const page = reportHtml(read);
    assert.ok(page.startsWith("<!doctype html>") && page.includes("&lt;b&gt;") && !page.includes("<b>"));
  });

  it("[LD-64] has no measure of what did not happen: a threshold on it fails", () => {
    const [whole, stopped] = [measuresOf(madeReport()), measuresOf(madeReport({ isStopped: true }))];

    assert.equal("catchUp.p99" in whole, false);
    assert.deepEqual([whole["p99"], whole["lost"]], [whole["delivery.p99"], 1]);
    assert.equal("lost" in stopped, false);
    const verdicts = judged(madeReport(), [
      parseThreshold("catchUp.p99<5"),
      parseThreshold("lost<=1"),
    ]).verdicts;
    assert.deepEqual(
      verdicts.map(({ value, holds }) => [value, holds]),
      [
        [undefined, false],
        [1, true],
      ],
    );
  });

  it("[LD-23] of each built-in scenario has a plan that holds; another name is refused", () => {
    for (const [name] of SCENARIO_LIST) assert.equal(checkPlan(planOf(name, CHOICE)).scenario, name);
    assert.deepEqual(
      SCENARIO_LIST.map(([name]) => name),
      ["live-room", "hot-room", "many-rooms", "reconnect-storm", "slow-viewers", "soak"],
    );
    assert.throws(() => planOf("toString", CHOICE), { code: "LOAD_BAD_PLAN" });
  });

  it("[LD-22] draws a row of blocks", () => {
    assert.deepEqual([sparkline([0, 7, 14]), sparkline([0, 0]), sparkline([])], ["▁▅█", "▁▁", ""]);
  });
});
