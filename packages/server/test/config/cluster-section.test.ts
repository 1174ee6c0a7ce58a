import assert from "node:assert/strict";
import { hostname } from "node:os";
import { describe, it } from "node:test";
import { KAFKA_DEFAULTS } from "@barrage/cluster";
import { ConfigInvalid, instanceIdOf, resolveConfig } from "@barrage/server";
import type { ConfigInput } from "@barrage/server";

const SERVERS = {
  "cluster.kafka.brokers": "127.0.0.1:9092,kafka-2:9092",
  "cluster.redis.nodes": "[::1]:6379",
  "cluster.postgres.url": "postgresql://barrage:hunter2@localhost/barrage",
};
const ROLE = { "cluster.role": "router", ...SERVERS };

function problems(input: ConfigInput): string {
  try {
    resolveConfig(input);
  } catch (error) {
    if (error instanceof ConfigInvalid)
      return error.problems.map(({ path, rule }) => `${path} ${rule}`).join("; ");
    throw error;
  }
  return "";
}

const ofFlags = (flags: Readonly<Record<string, string | boolean>>): string => problems({ flags });

describe("the settings of a cluster", () => {
  it("[CR-2] a role needs its three servers", () => {
    assert.equal(ofFlags(ROLE), "");
    for (const [flag, path] of [
      ["cluster.kafka.brokers", "cluster.kafka.brokers"],
      ["cluster.redis.nodes", "cluster.redis.nodes"],
      ["cluster.postgres.url", "cluster.postgres.url"],
    ] as const)
      assert.equal(ofFlags({ ...ROLE, [flag]: "" }), `${path} must be set for the role router`);
  });

  it("[CR-2] what belongs to the embedded server does not go with a role, nor brokers without one", () => {
    assert.match(ofFlags({ ...ROLE, "workers.count": "2" }), /^workers\.count goes with the embedded server/);
    assert.match(ofFlags({ ...ROLE, demo: true }), /^demo goes with the embedded server/);
    assert.match(ofFlags(SERVERS), /^cluster\.role must be named where cluster\.kafka\.brokers is set/);
  });

  it("[CR-2] SASL is whole or absent, and a CA goes with TLS", () => {
    const sasl = { "cluster.kafka.sasl-mechanism": "SCRAM-SHA-256", "cluster.kafka.sasl-username": "u" };
    assert.match(ofFlags({ ...ROLE, ...sasl }), /^cluster\.kafka\.saslMechanism and saslUsername/);
    assert.equal(ofFlags({ ...ROLE, ...sasl, "cluster.kafka.sasl-password": "p" }), "");
    const ca = { "cluster.kafka.tls-ca": "ca.pem" };
    assert.match(ofFlags({ ...ROLE, ...ca }), /^cluster\.kafka\.tlsCa goes with/);
    assert.equal(ofFlags({ ...ROLE, ...ca, "cluster.kafka.tls": true }), "");
  });

  it("[CR-3] addresses have a host and a port", () => {
    for (const good of ["a:1", "10.0.0.1:65535", "[fe80::1]:6379", "kafka_1.example:9092"])
      assert.equal(ofFlags({ ...ROLE, "cluster.redis.nodes": good }), "", good);
    for (const bad of ["a", "a:0", "a:65536", "::1:6379", "a:1,", "redis://a:1", ":1"])
      assert.match(ofFlags({ ...ROLE, "cluster.redis.nodes": bad }), /must be host:port/, bad);
  });

  it("[CR-3] development settings of Kafka are refused in production", () => {
    const production = {
      ...ROLE,
      mode: "production",
      "auth.hs256-secret": "0123456789abcdef0123456789abcdef",
      "auth.issuer": "https://issuer.example",
      "auth.audience": "barrage",
    };
    assert.equal(ofFlags(production), "");
    assert.match(
      ofFlags({ ...production, "cluster.kafka.safety": "development" }),
      /^cluster\.kafka\.safety must be replicated in production/,
    );
    assert.equal(ofFlags({ ...ROLE, "cluster.kafka.safety": "development" }), "");
  });

  it("[KL-21] an append is answered by the log before its request is given up", () => {
    const { cluster, server } = resolveConfig({ flags: ROLE }).config;

    assert.equal(cluster.kafka.deliveryTimeoutMs < server.requestTimeoutMs, true);
    assert.equal(KAFKA_DEFAULTS.deliveryTimeoutMs, cluster.kafka.deliveryTimeoutMs);
  });

  it("[CR-3] an epoch lies where a seq stays exact", () => {
    const epoch = (text: string): boolean => ofFlags({ ...ROLE, "cluster.kafka.epoch": text }) === "";

    assert.deepEqual(["0", "1", "8191", "8192"].map(epoch), [false, true, true, false]);
  });

  it("[CR-4] the name of a process is stable and may be given", () => {
    const { cluster } = resolveConfig({ flags: ROLE }).config;
    const named = resolveConfig({ flags: { ...ROLE, "cluster.instance-id": "router-7" } }).config.cluster;

    assert.equal(instanceIdOf(cluster), `${hostname()}-router`);
    assert.equal(instanceIdOf(named), "router-7");
    assert.match(ofFlags({ ...ROLE, "cluster.instance-id": "a b" }), /^cluster\.instanceId must be/);
  });
});

describe("a config file in YAML", () => {
  const yaml = (text: string, path = "cluster.yaml"): ConfigInput => ({ file: { path, text } });

  it("[OP-5] says the same as one in JSON", () => {
    const text = `
# a comment
cluster:
  role: gateway
  kafka: { brokers: ["kafka-1:9092"], partitions: 48 }
  redis:
    nodes:
      - redis-1:6379
      - redis-2:6379
  postgres:
    url: postgresql://localhost/barrage
server:
  port: 9000
`;
    for (const path of ["cluster.yaml", "cluster.yml", "CLUSTER.YAML"]) {
      const { config, sources } = resolveConfig(yaml(text, path));
      assert.deepEqual(config.cluster.redis.nodes, ["redis-1:6379", "redis-2:6379"]);
      assert.deepEqual([config.cluster.kafka.partitions, config.server.port], [48, 9_000]);
      assert.equal(sources.get("server.port"), "file");
    }
  });

  it("[OP-5] names a bad value by its path, and an unknown key", () => {
    const found = problems(yaml("server:\n  port: many\nclutser:\n  role: all\n"));

    assert.match(found, /server\.port /);
    assert.match(found, /clutser is not a setting/);
  });

  it("[OP-5] is refused with the place where it breaks and not what it holds", () => {
    const broken = ["auth:\n  devKey: [hunter2\n", "auth: 1\nauth: 2\n", "a: !!js/function hunter2\n"];
    for (const text of broken) {
      const found = problems(yaml(text));
      assert.match(found, /^cluster\.yaml must be YAML \(it breaks at line \d+ column \d+\)$/, text);
      assert.equal(found.includes("hunter2"), false);
    }
    assert.equal(problems(yaml("- 1\n")), "cluster.yaml must hold an object of settings");
    assert.equal(problems(yaml("")), "cluster.yaml must hold an object of settings");
  });
});
