import { stringify } from "yaml";
import type { ClusterPlan } from "./plan.ts";
import { MASTERS } from "./plan.ts";

/** Where the servers are, and what they ask for. */
export interface ServerAddresses {
  /** `host:port` of each. */
  readonly brokers: readonly string[];
  readonly redisNodes: readonly string[];
  readonly redisPassword: string | undefined;
  readonly postgresUrl: string;
}

export interface ClusterFacts extends ServerAddresses {
  /** Folder of what the roles keep; absent: the default. */
  readonly dataFolder?: string;
  /** Of the development login; absent: one is made. */
  readonly devKey?: string;
}

/** The settings that all roles of a cluster share; role, port and name are told to each by its flags. */
export const clusterSettings = (facts: ClusterFacts) => ({
  ...(facts.dataFolder === undefined ? {} : { store: { dir: facts.dataFolder } }),
  ...(facts.devKey === undefined ? {} : { auth: { devKey: facts.devKey } }),
  cluster: {
    kafka: {
      brokers: facts.brokers,
      // One broker has nowhere to keep a second copy: that has to be asked for by its name.
      safety: facts.brokers.length < 3 ? "development" : "replicated",
    },
    redis: {
      nodes: facts.redisNodes,
      ...(facts.redisPassword === undefined ? {} : { password: facts.redisPassword }),
    },
    postgres: { url: facts.postgresUrl },
  },
});

const HEADING = [
  "Settings that all roles share: barrage serve --role ingest|router|gateway|archiver|all --config cluster.yaml",
  "Every setting: barrage config reference",
];

export const yamlOf = (facts: ClusterFacts): string =>
  `${HEADING.map((line) => `# ${line}\n`).join("")}\n${stringify(clusterSettings(facts), { lineWidth: 0 })}`;

const KAFKA_PORT = 9_092;
const REDIS_PORT = 6_379;

/** A file to begin with, for servers on their usual ports. */
export const exampleYaml = ({ brokers, replicas }: Pick<ClusterPlan, "brokers" | "replicas">): string =>
  yamlOf({
    brokers: Array.from({ length: brokers }, (_, i) => `127.0.0.1:${KAFKA_PORT + i}`),
    redisNodes: Array.from({ length: MASTERS * (1 + replicas) }, (_, i) => `127.0.0.1:${REDIS_PORT + i}`),
    redisPassword: undefined,
    postgresUrl: "postgresql://barrage@127.0.0.1:5432/barrage",
  });
