import assert from "node:assert/strict";
import { statSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { startRedis } from "@barrage/launchers";
import type { RunningRedis } from "@barrage/launchers";
import { askRedis } from "../src/redis/resp.ts";
import { temporaryFolder } from "./support/folders.ts";
import { needs, redis } from "./support/programs.ts";

const PASSWORD = "open sesame";

const kept = (dir: string) =>
  ({ programs: redis(), dir, keep: true, masters: 3, replicas: 0, password: PASSWORD }) as const;

/** One key in each master. */
const KEYS = ["a", "b", "c"];

async function each(cluster: RunningRedis, ...rest: readonly string[]): Promise<readonly unknown[]> {
  const [command = "", ...words] = rest;
  const answers: unknown[] = [];
  for (const key of KEYS)
    answers.push(await cluster.ask(await cluster.masterOf(key), command, key, ...words));
  return answers;
}

describe("Redis Cluster", needs("redis-server"), () => {
  it("[CU-2] has what was written, after a stop and after a kill, on other ports", async () => {
    using folder = temporaryFolder();

    const first = await startRedis(kept(folder.path));
    await each(first, "SET", "1");
    await first.stop();
    const second = await startRedis(kept(folder.path));
    const afterStop = await each(second, "GET");
    await each(second, "SET", "2");
    // As a power loss may take the last second, a kill must not: what the server has written the system keeps.
    await second[Symbol.asyncDispose]();
    await using third = await startRedis(kept(folder.path));

    assert.deepEqual(afterStop, ["1", "1", "1"]);
    assert.deepEqual(await each(third, "GET"), ["2", "2", "2"]);
    assert.deepEqual(
      third.nodes.map(({ id }) => id),
      first.nodes.map(({ id }) => id),
    );
    const ports = new Set(first.nodes.map(({ port }) => port));
    assert.equal(
      third.nodes.some(({ port }) => !ports.has(port)),
      true,
    );
    await assert.rejects(startRedis({ ...kept(folder.path), replicas: 1 }), {
      code: "LAUNCHER_FOLDER_OTHER",
    });
  });

  it("[CU-3] lets nobody in without the password, which nobody else may read", async () => {
    using folder = temporaryFolder();
    await using cluster = await startRedis(kept(folder.path));
    const { port } = cluster.nodes[0]!;

    await assert.rejects(askRedis({ port }, ["PING"]), /NOAUTH/);
    await assert.rejects(askRedis({ port, password: "sesame" }, ["PING"]), /WRONGPASS/);
    assert.equal(await askRedis({ port, password: PASSWORD }, ["PING"]), "PONG");
    assert.equal(statSync(join(folder.path, "node0/redis.conf")).mode & 0o077, 0);
  });

  it("[CU-4] says what a node said that ended at its start", async () => {
    using folder = temporaryFolder();
    const { programs, ...rest } = kept(folder.path);
    assert.notEqual(programs.server, "");

    await assert.rejects(startRedis({ ...rest, programs: { server: "/bin/false" } }), {
      code: "LAUNCHER_ENDED",
      message: /^redis 0 ended/,
    });
  });
});
