import { exampleYaml } from "../cluster/cluster-config.ts";
import { PLAN_OPTIONS, planOf } from "../cluster/plan.ts";
import type { Command } from "../command.ts";
import { usageError } from "../errors.ts";
import { EXIT } from "../failure.ts";

const ACTIONS = ["up", "config"] as const;

export const cluster: Command = {
  name: "cluster",
  description: "Run every role on Kafka, Redis Cluster and PostgreSQL of this machine, for development",
  args: {
    action: { type: "positional", description: ACTIONS.join(", ") },
    ...PLAN_OPTIONS,
  },
  details: [
    [
      "PROGRAMS",
      [
        "up starts the servers from the programs that are installed: java of PATH or JAVA_HOME, Kafka 4 of KAFKA_HOME or",
        "of scripts/kafka/fetch.sh, redis-server of PATH, PostgreSQL of PATH. What is missing is listed with how to get it.",
      ],
    ],
  ],
  examples: [
    ["barrage cluster up", "one broker, three Redis masters, PostgreSQL and the roles; Ctrl+C stops all"],
    ["barrage cluster up --brokers 3 --replicas 1 --gateways 2", "any one process may die"],
    ["barrage cluster config > cluster.yaml", "settings to begin with, for servers on their usual ports"],
  ],
  async run(values, around) {
    const action = values.required("action");
    const plan = planOf(values);
    if (action === "config") {
      around.terminal.out(exampleYaml(plan).trimEnd());
      return EXIT.DONE;
    }
    if (action !== "up") throw usageError(`cluster takes one of ${ACTIONS.join(", ")}, not ${action}`);
    // Loaded here: the settings alone need none of it.
    const { clusterUp } = await import("../cluster/up.ts");
    return clusterUp(plan, around);
  },
};
