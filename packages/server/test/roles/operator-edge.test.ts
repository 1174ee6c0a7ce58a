import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { TestContext } from "node:test";
import { createLogger, resolveConfig } from "@barrage/server";
import type { Dependency } from "../../src/roles/fitness.ts";
import { openHouse, wayDownOf } from "../../src/roles/house.ts";
import { openOperatorEdge } from "../../src/roles/operator-edge.ts";
import { fetchAnswer } from "../support/test-server.ts";

/** The pages of a process that needs `kafka` and can do without `postgres` for a time. */
async function operatorEdge(t: TestContext, missing: { kafka?: string; postgres?: string }) {
  const { config } = resolveConfig({ flags: { "server.port": "0" } });
  const log = createLogger({ level: "silent" });
  const undo = new AsyncDisposableStack();
  const house = await openHouse(config, { log }, undo);
  const dependencies: readonly Dependency[] = [
    { name: "kafka", isNeeded: true, missing: () => missing.kafka },
    { name: "postgres", isNeeded: false, missing: () => missing.postgres },
  ];
  const moreMetrics = () => Promise.resolve("barrage_of_a_cluster 7\n");
  const edge = await openOperatorEdge(house, { dependencies, moreMetrics }, undo);
  const { url } = await edge.listen();
  undo.move();
  const { orderly, release } = edge;
  t.after(() => wayDownOf(house, { orderly, release }).run());
  return { edge, get: (path: string) => fetchAnswer(`${url}${path}`, "GET") };
}

describe("a process that no client speaks to", () => {
  it("[CR-20] answers health, metrics and debug pages, and nothing else", async (t) => {
    const { get } = await operatorEdge(t, {});

    assert.deepEqual((await get("/healthz")).json, { status: "ok" });
    assert.deepEqual((await get("/readyz")).json, { status: "ready" });
    assert.equal((await get("/debug/tasks")).status, 200);
    assert.equal((await get("/debug/tree")).status, 200);
    const { text } = await get("/metrics");
    assert.match(text, /^barrage_ready 1$/m);
    assert.match(text, /^barrage_of_a_cluster 7$/m);
    for (const path of ["/", "/api/v1/rooms", "/docs", "/debug/ledger"]) {
      const { status, json } = await get(path);
      assert.deepEqual([status, json["error"].code], [404, "BARRAGE_NOT_FOUND"], path);
    }
  });

  it("[CR-21] is not ready while what it needs is missing, and says what else is", async (t) => {
    const missing: { kafka?: string; postgres?: string } = { postgres: "PostgreSQL is away" };
    const { edge, get } = await operatorEdge(t, missing);

    const degraded = await get("/readyz");
    assert.deepEqual([degraded.status, degraded.json["degraded"]], [200, ["PostgreSQL is away"]]);

    missing.kafka = "Kafka is away";
    const absent = await get("/readyz");
    assert.deepEqual([absent.status, absent.json["reasons"]], [503, ["Kafka is away", "PostgreSQL is away"]]);
    assert.match((await get("/metrics")).text, /^barrage_ready 0$/m);

    delete missing.kafka;
    delete missing.postgres;
    edge.fitness.draining = true;
    const going = await get("/readyz");
    assert.deepEqual([going.status, going.json["error"].code], [503, "BARRAGE_DRAINING"]);
  });
});
