import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { postgresLine } from "../src/index.ts";
import type { PostgresEvent } from "../src/index.ts";

const error = new Error("why");
const blocker = { pid: 7, state: "active", ageMs: 31_000 };
const names = ["one", "two"];

const LINES: readonly (readonly [PostgresEvent, level: string, fields: object])[] = [
  [{ type: "postgres_down", error }, "error", { err: error }],
  [{ type: "postgres_up", afterMs: 5 }, "info", { afterMs: 5 }],
  [{ type: "prepare_failed", error }, "error", { err: error }],
  [{ type: "migrated", names }, "info", { names }],
  [{ type: "pool_exhausted", waitedMs: 2_000 }, "error", { waitedMs: 2_000 }],
  [{ type: "pool_recovered", afterMs: 9 }, "info", { afterMs: 9 }],
  [{ type: "connection_lost", error }, "warn", { err: error }],
  [{ type: "blocker", blocker, done: "cancelled" }, "warn", { ...blocker, done: "cancelled" }],
  [{ type: "blocker", blocker, done: "terminated" }, "warn", { ...blocker, done: "terminated" }],
  [{ type: "blocker", blocker, done: "denied" }, "warn", { ...blocker, done: "denied" }],
  [{ type: "blocker", blocker, done: "watched" }, "info", { ...blocker, done: "watched" }],
  [{ type: "partitions_made", names }, "info", { names }],
  [{ type: "partitions_failed", error }, "error", { err: error }],
];

describe("an event of PostgreSQL in the log", () => {
  it("[PG-45] is one line: its type as the code, how bad it is, its fields, and words of its own", () => {
    const messages = new Set<string>();
    for (const [event, level, fields] of LINES) {
      const line = postgresLine(event);

      assert.deepEqual([line.code, line.level, line.fields], [event.type, level, fields]);
      messages.add(line.message);
    }
    assert.equal(messages.size, LINES.length);
  });
});
