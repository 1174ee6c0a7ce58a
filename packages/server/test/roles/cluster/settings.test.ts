import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { REDIS_DEFAULTS } from "@barrage/cluster";
import { resolveConfig } from "@barrage/server";
import { kafkaOptionsOf, redisSettingsOf } from "../../../src/roles/cluster/settings.ts";
import { temporaryDir } from "../../support/test-server.ts";

const clusterOf = (flags: Readonly<Record<string, string | boolean>>) =>
  resolveConfig({
    flags: {
      "cluster.role": "all",
      "cluster.kafka.brokers": "k-1:9092,k-2:9093",
      "cluster.redis.nodes": "r-1:6379,[::1]:6380",
      "cluster.postgres.url": "postgresql://localhost/barrage",
      ...flags,
    },
  }).config.cluster;

describe("the settings of the servers of a cluster", () => {
  it("[CR-2] reach the log and the connections as they were given", () => {
    const cluster = clusterOf({
      "cluster.kafka.partitions": "7",
      "cluster.redis.password": "secret",
      "cluster.redis.timeout-ms": "250",
    });

    const { brokers, partitions, safety, tls, sasl } = kafkaOptionsOf(cluster);
    assert.deepEqual([brokers, partitions, safety], [["k-1:9092", "k-2:9093"], 7, "replicated"]);
    assert.deepEqual([tls, sasl], [undefined, undefined]);
    const { nodes, password, tls: encrypted, calls } = redisSettingsOf(cluster, REDIS_DEFAULTS);
    assert.deepEqual(nodes, [
      { host: "r-1", port: 6_379 },
      { host: "::1", port: 6_380 },
    ]);
    assert.deepEqual([password, encrypted], ["secret", undefined]);
    assert.deepEqual(calls, { ...REDIS_DEFAULTS.calls, timeoutMs: 250 });
  });

  it("[CR-2] encrypt and name the user where that is asked for; an authority that cannot be read is said", (t) => {
    const ca = join(temporaryDir(t), "ca.pem");
    writeFileSync(ca, "authority");
    const sasl = {
      "cluster.kafka.sasl-mechanism": "SCRAM-SHA-512",
      "cluster.kafka.sasl-username": "u",
      "cluster.kafka.sasl-password": "p",
    };
    const secure = { ...sasl, "cluster.kafka.tls": true };

    const options = kafkaOptionsOf(clusterOf({ ...secure, "cluster.kafka.tls-ca": ca }));
    assert.deepEqual(options.tls, { ca: Buffer.from("authority") });
    assert.deepEqual(options.sasl, { mechanism: "SCRAM-SHA-512", username: "u", password: "p" });
    assert.deepEqual(kafkaOptionsOf(clusterOf(secure)).tls, {});
    assert.deepEqual(redisSettingsOf(clusterOf({ "cluster.redis.tls": true }), REDIS_DEFAULTS).tls, true);
    assert.throws(() => kafkaOptionsOf(clusterOf({ ...secure, "cluster.kafka.tls-ca": "/nowhere.pem" })), {
      code: "SERVER_TLS_UNREADABLE",
    });
  });
});
