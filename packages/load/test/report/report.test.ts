import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { background } from "@barrage/kernel";
import {
  checkPlan,
  compareLines,
  measuresOf,
  parseReport,
  planOf,
  reportHtml,
  reportLines,
  runLoad,
  SCENARIO_LIST,
  sparkline,
} from "../../src/index.ts";
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
  it("[LD-22] comes back from its JSON, compares with itself as equal, and is a page that loads nothing", async () => {
    await using server = await new ReferenceServer("barrage", {
      fate: (_, seq) => ({ copies: seq % 10 === 0 ? 0 : 1, delayMs: 0 }),
    }).listen();
    const stages = [{ kind: "hold", rate: 100, seconds: 1 } as const];
    const report = await runLoad(planFor(server.port, { stages, scenario: "<b>" }), {}, background);

    const read = parseReport(JSON.stringify(report), "r.json");
    assert.deepEqual(read, report);
    assert.equal(measuresOf(read)["lost"], 100);
    assert.ok(reportLines(read).some((line) => line.includes("received 900 of 1000; lost 100")));
    for (const line of compareLines(report, read).slice(1)) assert.match(line, /(1\.000|=)$/);
    const page = reportHtml(read);
    assert.ok(page.startsWith("<!doctype html>") && page.includes("&lt;b&gt;") && !page.includes("<b>,"));
    assert.doesNotMatch(page, /<script|src=|href=|@import|NaN|undefined/);
  });

  it("[LD-22] is refused when it is none", () => {
    for (const text of ["", "[]", "null", '{"format":"x"}', '{"format":"barrage-load-report","version":1}'])
      assert.throws(() => parseReport(text, "r.json"), { code: "LOAD_BAD_REPORT" }, text);
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
