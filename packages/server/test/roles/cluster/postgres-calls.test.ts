import assert from "node:assert/strict";
import { describe, it } from "node:test";
import * as cluster from "@barrage/cluster";
import { background } from "@barrage/kernel";
import * as postgres from "@barrage/store-postgres";
import { PostgresCalls } from "../../../src/roles/cluster/postgres-calls.ts";

const ctx = background;
const NODE = "db.example:5432";
const made = (): PostgresCalls => new PostgresCalls({ cluster, postgres, node: NODE, connections: 4 });
const works = (): Promise<string> => Promise.resolve("open");
const away = postgres.postgresError("PG_UNREACHABLE", { address: NODE, reason: "ECONNREFUSED" });
const refused = postgres.postgresError("PG_REFUSED", { address: NODE, reason: "SQLSTATE 28P01" });

async function failing(calls: PostgresCalls, error: Error): Promise<void> {
  for (let i = 0; i < 20; i++) await calls.connect(() => Promise.reject(error), ctx).catch(() => undefined);
}

describe("the circuit of PostgreSQL", () => {
  it("[CR-23] a failure is told as the store tells it", async () => {
    await assert.rejects(
      made().connect(() => Promise.reject(away), ctx),
      (error) => error === away,
    );
  });

  it("[CR-23] a server that is away is left alone until it answers a look, and then tried at once", async () => {
    const calls = made();
    await failing(calls, away);
    assert.equal(calls.health.nodes[0]?.circuit, "open");
    const before = calls.health.totals.refusedOpen;

    await assert.rejects(calls.connect(works, ctx), { code: "PG_UNREACHABLE" });
    assert.equal(calls.health.totals.refusedOpen, before + 1);
    calls.answered();

    assert.equal(await calls.connect(works, ctx), "open");
    assert.equal(calls.health.nodes[0]?.circuit, "closed");
  });

  it("[CR-23] a server that refuses us is there: it is asked again each time", async () => {
    const calls = made();
    await failing(calls, refused);

    assert.equal(await calls.connect(works, ctx), "open");
    assert.deepEqual(calls.health.nodes, [{ node: NODE, circuit: "closed", running: 0, waiting: 0 }]);
  });
});
