import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { temporaryDir } from "../../support/test-server.ts";

const PROGRAM = fileURLToPath(new URL("../../support/loaded-modules.ts", import.meta.url));
/** What speaks to the servers of a cluster. */
const CLUSTER_CODE =
  /\/packages\/(?:cluster|store-postgres)\/|\/node_modules\/(?:@platformatic\/kafka|ioredis|pg|cockatiel)\//;

describe("a server that is whole by itself", () => {
  it("[CR-1] loads nothing that speaks to Kafka, Redis or PostgreSQL", (t) => {
    const { stdout, stderr, status } = spawnSync(process.execPath, [PROGRAM, temporaryDir(t)], {
      encoding: "utf8",
    });

    assert.equal(status, 0, stderr);
    const loaded = stdout.trim().split("\n");
    assert.equal(
      loaded.some((url) => url.includes("/packages/store-sqlite/")),
      true,
    );
    assert.deepEqual(
      loaded.filter((url) => CLUSTER_CODE.test(url)),
      [],
    );
  });
});
