import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { parseReport, REPORT_SCHEMA } from "../../src/index.ts";
import type { JsonSchema, LoadReport } from "../../src/index.ts";
import { madeReport } from "./made-report.ts";

const SERVER = [
  {
    second: 0,
    cpu: 0.5,
    residentBytes: 1,
    heapUsedBytes: 1,
    loopDelayP99Ms: 3,
    connections: 7,
    metrics: { x: 1 },
  },
];
const report = (): LoadReport => madeReport({ errors: ["LIMIT"], server: SERVER });

const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

/** Fields of a value that its schema does not name. */
function unnamed(schema: JsonSchema, value: unknown, path: string): string[] {
  if ("const" in schema || path === "report.plan") return [];
  if (schema.type === "array" && Array.isArray(value) && schema.items !== false) {
    const { items } = schema;
    return value.flatMap((item) => unnamed(items, item, `${path}[]`));
  }
  if (schema.type !== "object" || !("properties" in schema)) return [];
  return Object.entries(value as object).flatMap(([name, each]) => {
    const field = schema.properties[name];
    return field === undefined ? [`${path}.${name}`] : unnamed(field, each, `${path}.${name}`);
  });
}

const changed = (changes: object): string => JSON.stringify({ ...report(), ...changes });

describe("the schema of a report", () => {
  it("[LD-66] names every field that a report has", () => {
    assert.deepEqual(unnamed(REPORT_SCHEMA, plain(report()), "report"), []);
    assert.deepEqual(parseReport(JSON.stringify(report()), "r.json"), plain(report()));
  });

  it("[LD-66] refuses another format or version, and what is no JSON", () => {
    for (const text of [
      "",
      "[]",
      "null",
      '{"format":"x"}',
      changed({ version: 1 }),
      changed({ version: "2" }),
    ])
      assert.throws(() => parseReport(text, "r.json"), { code: "LOAD_BAD_REPORT" }, text.slice(0, 40));
  });

  it("[LD-66] refuses a field that does not fit, and names it", () => {
    const { latencies, audience, plan } = report();
    const cases: readonly (readonly [changes: object, named: string])[] = [
      [{ published: undefined }, "report.published is missing"],
      [{ published: 1.5 }, "report.published is no whole number"],
      [{ refused: { LIMIT: "1" } }, "report.refused.LIMIT is no whole number"],
      [{ timeline: {} }, "report.timeline is no list"],
      [{ timeline: [null] }, "report.timeline[0] is no object"],
      [
        { latencies: { ...latencies, ack: { ...latencies.ack, p99: "5" } } },
        "report.latencies.ack.p99 is no number",
      ],
      [{ audience: { ...audience, lost: null } }, "report.audience.lost is no whole number"],
      [{ plan: { ...plan, rooms: [1] } }, "report.plan.rooms[0] is no string"],
      [{ curves: { delivery: [[1]] } }, "report.curves.delivery[0] has not 2 values"],
      [{ isComplete: 1 }, "report.isComplete is no boolean"],
    ];
    for (const [changes, named] of cases)
      assert.throws(() => parseReport(changed(changes), "r.json"), {
        code: "LOAD_BAD_REPORT",
        message: `r.json is no report of barrage load: ${named}.`,
      });
  });
});
