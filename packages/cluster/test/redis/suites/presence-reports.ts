import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { scope } from "@barrage/kernel";
import type { Task } from "@barrage/kernel";
import { PRESENCE_DEFAULTS, PresenceReports, REPORT_DEFAULTS, RedisPresence } from "../../../src/index.ts";
import type { RedisFixture } from "../support/redis-fixture.ts";

/** Two gateways and their reports, on a Redis Cluster. */
export function presenceReportsSuite(redis: RedisFixture): void {
  describe("presence reports", () => {
    it("[RD-43, RD-48] gateways know each other's viewers; who leaves, and who ends, is counted no more", async () => {
      const link = await redis.link();
      try {
        await scope(async (own) => {
          const ctx = own.context;
          const gateway = (id: string, viewers: Map<string, number>) => {
            const presence = new RedisPresence(link, {
              gateway: { id, generation: 1 },
              ...PRESENCE_DEFAULTS,
            });
            const reports = new PresenceReports(presence, () => viewers, { ...REPORT_DEFAULTS, everyMs: 10 });
            const task: Task<unknown> = own.spawn((mine) => reports.run(mine).catch(() => undefined), {
              name: id,
            });
            return { presence, reports, task, viewers };
          };
          const one = gateway("one", new Map([["r", 3], ["s", 2]])); // prettier-ignore
          const two = gateway("two", new Map([["r", 4]]));
          const until = (what: string, holds: () => boolean) =>
            redis.cluster.until(what, () => Promise.resolve(holds()));
          one.reports.joined("r", { uid: "a" });
          one.reports.joined("r", { uid: "b" });
          two.reports.joined("r", { uid: "b" });
          for (const { reports } of [one, two]) reports.joined("r", { address: "192.0.2.1" });

          await until(
            "each knows the other",
            () => one.reports.elsewhere("r") === 4 && two.reports.elsewhere("r") === 3,
          );
          assert.equal(two.reports.elsewhere("s"), 0);
          await redis.cluster.until(
            "all users are counted",
            async () => (await one.presence.uniqueViewers("r", 1, ctx)) === 3,
          );

          one.viewers.delete("r");
          await until("who left is gone", () => two.reports.elsewhere("r") === 0);
          assert.equal(await two.presence.viewersOf("s", ctx), 2);
          one.task.cancel();
          await one.task.catch(() => undefined);

          assert.equal(await two.presence.viewersOf("s", ctx), 0);
          own.cancel();
        });
      } finally {
        await link.close();
      }
    });
  });
}
