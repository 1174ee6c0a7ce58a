import assert from "node:assert/strict";
import { existsSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { CLUSTER_ROLES, resolveConfig } from "@barrage/server";
import { takeFolder } from "../../src/cluster/folder.ts";
import { runCommand } from "../support/run-command.ts";

function temporaryFolder(): { readonly path: string } & Disposable {
  const path = mkdtempSync(join(tmpdir(), "barrage-cluster-"));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
}

describe("barrage cluster, before it starts anything", () => {
  it("[CL-1] refuses numbers that are none, another action, and what no option takes", async () => {
    const cases: readonly (readonly [readonly string[], RegExp])[] = [
      [["up", "--brokers", "2"], /--brokers must be 1 or 3, not 2/],
      [["up", "--replicas", "3"], /--replicas must be a whole number from 0 to 2/],
      [["up", "--gateways", "0"], /--gateways must be a whole number from 1 to 16/],
      [["up", "--gateways", "17"], /--gateways must be/],
      [["up", "--port", "65536"], /--port must be/],
      [["up", "--broker", "1"], /unknown option --broker; did you mean --brokers\?/],
      [["down"], /cluster takes one of up, config, not down/],
    ];
    for (const [args, pattern] of cases) {
      const { code, out, err } = await runCommand(["cluster", ...args]);

      assert.deepEqual([code, out, err.length], [2, [], 1], args.join(" "));
      assert.match(err[0] ?? "", pattern);
    }
  });

  it("[CU-10] lists every missing program with how to get it, and makes nothing", async () => {
    using folder = temporaryFolder();
    const dir = join(folder.path, "cluster");

    const { code, out, err } = await runCommand(["cluster", "up", "--dir", dir], {
      env: { PATH: folder.path, KAFKA_HOME: folder.path },
    });

    const missing = err.filter((line) => line.startsWith("missing  "));
    assert.deepEqual([code, out], [1, []]);
    assert.match(missing[0] ?? "", /Java 17 or newer +apt-get install openjdk/);
    assert.match(missing[1] ?? "", /Kafka 4 .*scripts\/kafka\/fetch\.sh.*KAFKA_HOME/);
    assert.match(missing[2] ?? "", /redis-server 7 or newer +apt-get install redis-server/);
    assert.match(
      err.at(-1) ?? "",
      new RegExp(`^barrage: this machine lacks ${missing.length} of the programs`),
    );
    assert.equal(existsSync(dir), false);
  });

  it("[CU-10] refuses a folder that another one has, until that has ended", () => {
    using folder = temporaryFolder();

    const first = takeFolder(folder.path);
    assert.throws(() => takeFolder(folder.path), { code: "CLI_CLUSTER_IN_USE" });
    first[Symbol.dispose]();
    using second = takeFolder(folder.path);

    assert.deepEqual(second.secrets, first.secrets);
    assert.equal(statSync(join(folder.path, "secrets.json")).mode & 0o077, 0);
  });

  it("[CU-10] says in one line that the folder cannot be made", async () => {
    assert.throws(() => takeFolder("/dev/null/cluster"), { code: "CLI_FILE_UNWRITABLE" });
  });

  it("[CU-15] prints settings that every role takes", async () => {
    for (const args of [[], ["--brokers", "3", "--replicas", "1"]]) {
      const { code, out } = await runCommand(["cluster", "config", ...args]);
      const file = { path: "cluster.yaml", text: out.join("\n") };
      const configs = CLUSTER_ROLES.map((role) =>
        resolveConfig({ file, flags: { "cluster.role": role } }),
      ).map(({ config }) => config.cluster);

      assert.equal(code, 0);
      assert.deepEqual(
        configs.map(({ kafka, redis }) => [kafka.brokers.length, kafka.safety, redis.nodes.length]),
        configs.map(() => (args.length === 0 ? [1, "development", 3] : [3, "replicated", 6])),
      );
    }
  });
});

describe("barrage cluster up, where the programs are", () => {
  it("[CU-10] says that the port is taken before it makes anything", async () => {
    const { refuseTakenPort } = await import("../../src/cluster/up.ts");
    const taken = createServer().listen(0, "127.0.0.1");
    await new Promise((resolve) => taken.once("listening", resolve));
    const { port } = taken.address() as AddressInfo;

    await assert.rejects(refuseTakenPort(port), {
      code: "CLI_PORT_TAKEN",
      message: /choose another with --port/,
    });

    taken.close();
    await new Promise((resolve) => taken.once("close", resolve));
    await refuseTakenPort(port);
  });
});
