import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { describe, it } from "node:test";
import { freePorts } from "@barrage/testkit";
import { environmentWithoutOurs } from "../support/environment.ts";
import { statFields } from "../support/process-family.ts";
import { ended, MAIN, runBarrage, temporaryFolder } from "./harness/serve-process.ts";
import { until } from "./harness/workers.ts";

/** Ids of the role's processes, as its supervisor tells them. */
async function* startsOf(stderr: Readable): AsyncGenerator<number, void> {
  for await (const line of createInterface({ input: stderr })) {
    const { msg, pid } = JSON.parse(line) as { readonly msg?: string; readonly pid?: number };
    if (msg === "the role's process starts" && pid !== undefined) yield pid;
  }
}

/** It runs no more, whether somebody has asked how it ended or not. */
const isGone = (pid: number | void): boolean => (statFields(pid ?? 0)?.[0] ?? "Z") === "Z";

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

  it("[CR-50] [CR-54] is started again when it is killed, and never outlives its supervisor", async () => {
    using folder = temporaryFolder();
    const args = await role(folder.path, 600_000);
    const child = spawn(process.execPath, [MAIN, ...args, "--log=json"], {
      env: environmentWithoutOurs(),
      stdio: ["ignore", "ignore", "pipe"],
    });
    const over = once(child, "close");
    let said = "";
    child.stderr.on("data", (chunk: Buffer) => (said += chunk.toString()));
    const pids = startsOf(child.stderr);

    const first = await pids.next();
    process.kill(first.value ?? 0, "SIGKILL");
    const second = await pids.next();
    assert.notEqual(second.value, first.value);
    await until(() => isGone(first.value));
    // Its output is the supervisor's: both are closed when both are ending, a moment before they are gone.
    child.kill("SIGKILL");
    await over;
    await until(() => isGone(second.value));
    const last = `barrage: process ${String(second.value)} ends at once: its supervisor is no more\n`;
    assert.equal(said.endsWith(last), true, said.slice(-500));
  });

  it("[CR-50] [CR-56] is this process itself where nobody is to supervise it; else it keeps its modules compiled", async () => {
    using folder = temporaryFolder();
    const args = await role(folder.path, 1);
    await runBarrage([...args, "--no-cluster.supervised"]);
    assert.deepEqual(readdirSync(folder.path), []);
    // Who runs the tests may keep modules elsewhere, which would be as well for the role.
    const { NODE_COMPILE_CACHE: _, ...env } = environmentWithoutOurs();
    await runBarrage(args, env);

    assert.deepEqual(readdirSync(folder.path), ["compiled"]);
    assert.equal(statSync(join(folder.path, "compiled")).mode & 0o777, 0o700);
    assert.ok(readdirSync(join(folder.path, "compiled")).length > 0);
  });

  it("[CR-2] names everything that its configuration lacks", async () => {
    const { code, stderr } = await runBarrage(["serve", "--role=archiver"]);

    assert.equal(code, 1);
    for (const path of ["cluster.kafka.brokers", "cluster.redis.nodes", "cluster.postgres.url"])
      assert.match(stderr, new RegExp(`${path}: must be set for the role archiver`));
  });
});
