import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { rootContext } from "@barrage/kernel";
import { clusterError } from "@barrage/cluster";
import { FakeClock } from "@barrage/testkit";
import { awaitServer } from "../../../src/roles/cluster/await-server.ts";

const absent = () => clusterError("KAFKA_UNREACHABLE", { brokers: "k:1", reason: "refused" });

/** Waits for `open` on a clock of its own, with what was told. */
function waiting(open: () => Promise<string>, withinMs: number) {
  const clock = new FakeClock();
  const told: object[] = [];
  const log = { warn: (fields: object) => void told.push(fields) };
  const ctx = rootContext({ clock });
  const opened = awaitServer(open, { service: "Kafka", withinMs, log: log as never }, ctx);
  return { clock, told, opened };
}

describe("waiting for a server at the start", () => {
  it("[CR-10] goes on when it comes, and tells every 5 s", async () => {
    let tries = 0;
    const { clock, told, opened } = waiting(
      () => (++tries <= 25 ? Promise.reject(absent()) : Promise.resolve("log")),
      60_000,
    );

    await clock.advance(12_500);

    assert.equal(await opened, "log");
    assert.equal(tries, 26);
    assert.equal(told.length, 2);
  });

  it("[CR-10] ends with the last reason", async () => {
    const { clock, opened } = waiting(() => Promise.reject(absent()), 3_000);
    const failed = assert.rejects(opened, (error: Error & { code: string }) => {
      assert.equal(error.code, "SERVER_CLUSTER_ABSENT");
      assert.match(error.message, /^Kafka was not there within 3000 ms: .*refused/);
      return true;
    });

    await clock.advance(3_000);
    await failed;
  });

  it("[CR-10] does not wait for what waiting does not mend", async () => {
    const unsafe = clusterError("KAFKA_UNSAFE", { topic: "t", setting: "replicas", found: 1, needed: 3 });

    await assert.rejects(waiting(() => Promise.reject(unsafe), 60_000).opened, { code: "KAFKA_UNSAFE" });
    await assert.rejects(waiting(() => Promise.reject(new TypeError("x")), 60_000).opened, TypeError);
  });

  it("[CR-10] with no time to wait tries once", async () => {
    let tries = 0;
    const open = () => {
      tries += 1;
      return Promise.reject(absent());
    };
    const { clock, opened } = waiting(open, 0);
    const failed = assert.rejects(opened, { code: "SERVER_CLUSTER_ABSENT" });

    await clock.advance(0);
    await failed;
    assert.equal(tries <= 1, true);
  });
});
