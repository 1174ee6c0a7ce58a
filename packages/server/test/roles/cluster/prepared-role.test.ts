import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { Lifecycle } from "@barrage/kernel";
import type { Provider } from "@barrage/kernel";
import { PreparedRole, resolveConfig } from "@barrage/server";
import { freePorts } from "@barrage/testkit";
import { CLUSTER_ROLES } from "../../../src/config/cluster-section.ts";
import { graphOf, lifecycleOf, QUIET_PARTS } from "../../../src/roles/cluster/graph.ts";

/** Parts that others notice: members of groups, and what tells and asks without end. */
const NOTICED = new Set(["Kafka probe", "gateway reports", "router", "coordinator", "archiver"]);

describe("a role that is prepared", () => {
  for (const role of ["router", "gateway"]) {
    it(`[CR-51] as a ${role} comes as far as the servers, says where it stopped, and leaves nothing open`, async () => {
      const dir = mkdtempSync(join(tmpdir(), "barrage-prepared-"));
      const [kafka, redis, postgres] = await freePorts(3);
      const { config } = resolveConfig({
        flags: {
          "cluster.role": role,
          "cluster.kafka.brokers": `127.0.0.1:${kafka}`,
          "cluster.redis.nodes": `127.0.0.1:${redis}`,
          "cluster.postgres.url": `postgresql://barrage@127.0.0.1:${postgres}/barrage`,
          "cluster.start-wait-ms": "0",
          "store.dir": dir,
        },
      });

      await assert.rejects(PreparedRole.make(config, { isSpare: true }), { code: "SERVER_CLUSTER_ABSENT" });

      // The development login's secret is there before any start; nothing else is.
      assert.deepEqual(
        readdirSync(dir).filter((name) => !name.startsWith("dev-issuer.")),
        [],
      );
      rmSync(dir, { recursive: true });
    });
  }

  for (const role of CLUSTER_ROLES) {
    it(`[CR-51] as ${role} has everything but what others notice`, () => {
      const graph = graphOf(() => assert.fail("nothing is started"));
      const namesOf = (parts: ReturnType<ReturnType<typeof lifecycleOf>["plan"]>): ReadonlySet<string> =>
        new Set(parts.map(({ name }) => name));
      const whole = namesOf(lifecycleOf(role, graph).plan());
      const names: readonly (keyof typeof graph)[] = QUIET_PARTS[role];
      const quiet = namesOf(new Lifecycle(names.map((name): Provider<unknown> => graph[name])).plan());

      assert.deepEqual(
        [...quiet].filter((name) => !whole.has(name)),
        [],
      );
      assert.deepEqual(
        [...whole].filter((name) => !quiet.has(name)).filter((name) => !NOTICED.has(name)),
        [],
      );
      assert.deepEqual(
        [...quiet].filter((name) => NOTICED.has(name)),
        [],
      );
    });
  }
});
