import { resolve } from "node:path";
import type { ArgsDef } from "citty";
import type { Values } from "../command.ts";
import { usageError } from "../errors.ts";
import { wholeNumber } from "../options.ts";

/** What `barrage cluster up` is to start. */
export interface ClusterPlan {
  /** Folder of everything that is kept. */
  readonly dir: string;
  readonly brokers: 1 | 3;
  /** Redis replicas of each master. */
  readonly replicas: number;
  readonly gateways: number;
  /** Of the first gateway, which has the page; 0 is any free one. */
  readonly port: number;
  /** Is behind each role a process that is loaded already, for when it dies? */
  readonly spare: boolean;
}

/** Slots are spread over so many; fewer are no cluster. */
export const MASTERS = 3;

const PORT = 8_080;
const PORT_MAX = 65_535;
const GATEWAYS_MAX = 16;
const REPLICAS_MAX = 2;
const DIR = "data/cluster";

export const PLAN_OPTIONS = {
  dir: {
    type: "string",
    description: `Folder of everything that is kept for the next time (default ./${DIR})`,
    valueHint: "DIR",
  },
  brokers: {
    type: "string",
    description: "Kafka brokers: 1 (default), or 3, of which any one may die",
    valueHint: "1|3",
  },
  replicas: {
    type: "string",
    description: `Redis replicas of each of the ${MASTERS} masters (default 0); with 1 any one node may die`,
    valueHint: "N",
  },
  gateways: { type: "string", description: "Gateway processes (default 1)", valueHint: "N" },
  port: {
    type: "string",
    description: `Port of the first gateway, which has the page (default ${PORT}); 0 is any free one`,
    valueHint: "N",
  },
  spare: {
    type: "boolean",
    description:
      "Behind each role a process that is loaded and takes its place when it dies (default); --no-spare saves its memory",
  },
} as const satisfies ArgsDef;

/** Errors: CLI_USAGE. */
export function planOf(values: Values): ClusterPlan {
  const count = (name: string, standard: number, [min, max]: readonly [number, number]): number =>
    wholeNumber(name, values.text(name) ?? String(standard), { min, max });
  const brokers = values.text("brokers") ?? "1";
  if (brokers !== "1" && brokers !== "3") throw usageError(`--brokers must be 1 or 3, not ${brokers}`);
  return {
    dir: resolve(values.text("dir") ?? DIR),
    brokers: brokers === "1" ? 1 : 3,
    replicas: count("replicas", 0, [0, REPLICAS_MAX]),
    gateways: count("gateways", 1, [1, GATEWAYS_MAX]),
    port: count("port", PORT, [0, PORT_MAX]),
    spare: values.switch("spare") ?? true,
  };
}
