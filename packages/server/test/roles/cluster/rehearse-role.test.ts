import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { background } from "@barrage/kernel";
import { rehearseRole, resolveConfig } from "@barrage/server";
import { freePorts } from "@barrage/testkit";

describe("the rehearsal of a start", () => {
  for (const role of ["router", "gateway"]) {
    it(`[CR-51] of a ${role} comes as far as the servers, says where it stopped, and leaves nothing open`, async () => {
      const dir = mkdtempSync(join(tmpdir(), "barrage-rehearsal-"));
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

      await assert.rejects(rehearseRole(config, undefined, background), {
        code: "KERNEL_LIFECYCLE_START_FAILED",
      });

      // The development login's secret is there before any start; nothing else is.
      assert.deepEqual(
        readdirSync(dir).filter((name) => !name.startsWith("dev-issuer.")),
        [],
      );
      rmSync(dir, { recursive: true });
    });
  }
});
