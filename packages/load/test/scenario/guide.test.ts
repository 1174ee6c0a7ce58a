import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { arrivalsOf, checkPlan, loadScenarioFile, parseThreshold, planOfScenario } from "../../src/index.ts";

const pathOf = (name: string): string =>
  fileURLToPath(new URL(`../../../../docs/guides/${name}`, import.meta.url));
const WHERE = { host: "127.0.0.1", port: 1, run: "t1" };

const planIn = async (name: string) => {
  const path = pathOf(`scenarios/${name}`);
  const scenario = await loadScenarioFile(path);
  for (const threshold of scenario.thresholds ?? []) parseThreshold(threshold);
  return checkPlan(planOfScenario(scenario, path, WHERE));
};

describe("the guide", () => {
  it("[LD-42] shows a scenario that is one, as its file has it", async () => {
    const guide = readFileSync(pathOf("load.md"), "utf8");
    const file = readFileSync(pathOf("scenarios/evening.yaml"), "utf8");

    const plan = await planIn("evening.yaml");

    assert.ok(guide.includes(`\`\`\`yaml\n${file.slice(file.indexOf("name:"))}\`\`\``));
    assert.deepEqual([plan.rooms.length, plan.comeAndGo?.elsewhere, plan.crowds?.length], [20, true, 1]);
    assert.equal(arrivalsOf(plan).durationMs, 170_000);
  });

  it("[LD-42] shows a scenario that computes", async () => {
    const plan = await planIn("premiere.ts");

    assert.deepEqual(
      plan.storms.map(({ at }) => at),
      [585, 1_185, 1_785, 2_385, 2_985, 3_585],
    );
    assert.equal(arrivalsOf(plan).durationMs, 3_600_000);
  });

  it("[LD-42] names every field of a scenario", () => {
    const guide = readFileSync(pathOf("load.md"), "utf8");
    const source = readFileSync(new URL("../../src/scenario/scenario.ts", import.meta.url), "utf8");
    const fields = [
      ...source.slice(source.indexOf("export interface Scenario")).matchAll(/^ {2}readonly (\w+)\?:/gm),
    ];

    assert.ok(fields.length > 15);
    assert.deepEqual(
      fields.map(([, name]) => name).filter((name) => !guide.includes(`\`${name ?? ""}\``)),
      [],
    );
  });
});
