import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { describe, it } from "node:test";
import { freePorts } from "@barrage/testkit";
import { environmentWithoutOurs } from "../support/environment.ts";
import { ended, MAIN, runBarrage, temporaryFolder } from "./harness/serve-process.ts";

/** A role on servers that nobody has started. */
async function role(folder: string, waitMs: number): Promise<readonly string[]> {
  const [kafka, redis, postgres] = await freePorts(3);
  return [
    "serve",
    "--role=router",
    "--port=0",
    `--data=${folder}`,
    `--cluster.kafka.brokers=127.0.0.1:${kafka}`,
    `--cluster.redis.nodes=127.0.0.1:${redis}`,
    `--cluster.postgres.url=postgresql://barrage@127.0.0.1:${postgres}/barrage`,
    `--cluster.start-wait-ms=${waitMs}`,
  ];
}

describe("a role whose servers are away", { timeout: 240_000 }, () => {
  it("[CR-10] gives up after its time, with the reason and exit code 1", async () => {
    using folder = temporaryFolder();
    const { code, stdout, stderr } = await runBarrage(await role(folder.path, 500));

    assert.deepEqual([code, stdout], [1, ""]);
    assert.match(stderr, /^barrage: Redis was not there within 500 ms: No Redis node of 127\.0\.0\.1:/m);
  });

  it("[CR-5] gives up when it is told to end", async () => {
    using folder = temporaryFolder();
    const args = await role(folder.path, 600_000);
    const child = spawn(process.execPath, [MAIN, ...args, "--log=json"], {
      env: environmentWithoutOurs(),
      stdio: ["ignore", "pipe", "pipe"],
    });
    const over = ended(child);
    // That PostgreSQL is away it says while it waits for Redis.
    await Promise.race([once(child.stderr, "data"), over]);
    child.kill("SIGTERM");

    assert.equal((await over).code, 130);
  });

  it("[CR-2] names everything that its configuration lacks", async () => {
    const { code, stderr } = await runBarrage(["serve", "--role=archiver"]);

    assert.equal(code, 1);
    for (const path of ["cluster.kafka.brokers", "cluster.redis.nodes", "cluster.postgres.url"])
      assert.match(stderr, new RegExp(`${path}: must be set for the role archiver`));
  });
});
