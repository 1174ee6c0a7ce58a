import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { parse } from "yaml";
import { CLUSTER_ROLES, LEAVES, resolveConfig } from "@barrage/server";

interface Service {
  readonly image?: string;
  readonly environment?: Readonly<Record<string, string>>;
  readonly healthcheck?: { readonly test: readonly string[] };
  readonly restart?: string;
  readonly mem_limit?: string;
  readonly cpus?: number;
  readonly ports?: readonly string[];
  readonly volumes?: readonly string[];
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
}

interface Compose {
  readonly services: Readonly<Record<string, Service>>;
  readonly volumes: Readonly<Record<string, unknown>>;
}

const DEPLOY = new URL("../../../../deploy/", import.meta.url);
const text = (name: string): string => readFileSync(fileURLToPath(new URL(name, DEPLOY)), "utf8");

const VARIABLES: Readonly<Record<string, string>> = { REDIS_PASSWORD: "r3d1s", POSTGRES_PASSWORD: "p0st" };

/** What Compose makes of `${NAME}`, `${NAME:-default}` and `${NAME:?complaint}`. */
const filled = (source: string): string =>
  source.replaceAll(
    /(?<!\$)\$\{(\w+)(?::([-?])([^}]*))?\}/g,
    (_, name: string, kind?: string, rest?: string) => {
      const value = VARIABLES[name] ?? (kind === "-" ? rest : undefined);
      assert.notEqual(value, undefined, `${name} is not given`);
      return value!;
    },
  );

const compose = parse(filled(text("compose.yaml")), { merge: true }) as Compose;
const services = Object.entries(compose.services);
const settingsOf = ({ environment = {} }: Service) =>
  Object.entries(environment).filter(([name]) => name.startsWith("BARRAGE_"));
const roles = services.filter(([, service]) => settingsOf(service).length > 0);
const namesWhere = (wanted: (service: Service) => boolean): readonly string[] =>
  services.filter(([, service]) => wanted(service)).map(([name]) => name);

describe("deploy/compose.yaml", () => {
  it("[CU-20] has a container for each role, whose settings are settings and make a valid configuration", () => {
    const known = new Set(LEAVES.map(({ env }) => env));

    const unknown = roles.flatMap(([, service]) =>
      settingsOf(service).flatMap(([name]) => (known.has(name) ? [] : [name])),
    );
    const configs = roles.map(([, { environment = {} }]) => resolveConfig({ env: environment }).config);

    assert.deepEqual(unknown, []);
    assert.deepEqual(
      configs.map(({ cluster }) => cluster.role).toSorted(),
      CLUSTER_ROLES.filter((role) => role !== "all").toSorted(),
    );
    assert.equal(new Set(configs.map(({ cluster }) => cluster.instanceId)).size, configs.length);
    assert.deepEqual(
      configs.map(({ cluster: { kafka, redis, postgres } }) => [
        kafka.safety,
        kafka.brokers.length,
        redis.nodes.length,
        redis.password,
        postgres.url?.includes(":p0st@"),
      ]),
      configs.map(() => ["replicated", 3, 3, "r3d1s", true]),
    );
  });

  it("[CU-20] names the services that its settings and conditions name", () => {
    const waitedFor = services.flatMap(([, service]) => Object.keys(service.depends_on ?? {}));
    const volumes = services.flatMap(([, service]) =>
      (service.volumes ?? []).map((volume) => volume.split(":")[0]!),
    );
    const brokers = roles.flatMap(([, { environment = {} }]) =>
      environment["BARRAGE_CLUSTER_KAFKA_BROKERS"]!.split(",").map((broker) => broker.split(":")[0]!),
    );

    assert.deepEqual(
      [...waitedFor, ...brokers].filter((name) => compose.services[name] === undefined),
      [],
    );
    assert.deepEqual(new Set(volumes), new Set(Object.keys(compose.volumes)));
  });

  it("[CU-21] gives every image a version, every container limits, and whoever stays up a health check", () => {
    const versioned = /^[\w./-]+:\d[\w.-]*$/;

    assert.deepEqual(
      namesWhere(({ image = "" }) => !versioned.test(image)),
      [],
    );
    assert.deepEqual(
      namesWhere(({ mem_limit: memory, cpus }) => memory === undefined || cpus === undefined),
      [],
    );
    assert.deepEqual(
      namesWhere(({ healthcheck }) => healthcheck === undefined),
      ["redis-cluster"],
    );
    assert.equal(
      roles.every(([, { healthcheck }]) => healthcheck?.test.join(" ").includes("/readyz")),
      true,
    );
  });

  it("[CU-21] holds no secret, and has ports on this machine only", () => {
    const passwords = [...text("compose.yaml").matchAll(/^ *\w*(?:PASSWORD|AUTH): *(.*)$/gm)];

    assert.notEqual(passwords.length, 0);
    assert.deepEqual(
      passwords.map(([, value]) => value).filter((value) => !value!.startsWith("${")),
      [],
    );
    assert.deepEqual(
      services.flatMap(([, { ports = [] }]) => ports).filter((port) => !port.startsWith("127.0.0.1:")),
      [],
    );
    assert.match(text(".gitignore"), /^\.env$/m);
  });

  it("[CU-20] builds roles from a Dockerfile that starts the server of this repository", () => {
    const dockerfile = text("Dockerfile");

    assert.match(dockerfile, /^FROM node:24-slim$/m);
    assert.match(dockerfile, /^USER node$/m);
    assert.match(dockerfile, /ENTRYPOINT \["node", "apps\/cli\/src\/main\.ts", "serve"/);
  });
});
