import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { requireOrSkip } from "@barrage/testkit";
import { CASES } from "./cases/all.ts";
import { runCase } from "./harness/run-case.ts";
import { missingServers, Servers } from "./harness/servers.ts";
import { Site } from "./harness/site.ts";

/**
 * Of the time bars only: a run of the tests may share its machine with others. Loss, doubles and order have none. The
 * bars themselves are for `node tests/faults/run.ts`.
 */
const SLACK = 10;
const IN_TESTS: ReadonlySet<string> = new Set(["router-restarted", "redis-master-killed", "rolling-restart"]);

describe(
  "a cluster in which something breaks",
  { timeout: 400_000, ...requireOrSkip("kafka", missingServers() === undefined) },
  () => {
    let servers: Servers;
    let site: Site;

    before(async () => {
      servers = await Servers.start();
      site = await Site.start({ servers });
    });
    after(async () => {
      await site[Symbol.asyncDispose]();
      await servers[Symbol.asyncDispose]();
    });

    for (const fault of CASES.filter(({ name }) => IN_TESTS.has(name))) {
      it(`[FT-24] ${fault.title}`, async (test) => {
        const { missed, outcome } = await runCase(fault, { site, servers, seconds: 1, slack: SLACK });
        test.diagnostic(
          `${outcome?.acknowledged} acknowledged, resumed after ${Math.round(outcome?.silenceMs ?? 0)} ms`,
        );
        assert.deepEqual(missed, []);
      });
    }
  },
);
