import { percent } from "../effort.ts";
import { table } from "../table.ts";

/** A measurement's processes and what they did. Units: seconds of CPU, seconds of time. */
export interface Split {
  /** By process: `kafka 1`, `redis 0`, `postgresql`, `ingest`, `router`, `gateway`, `archiver`. */
  readonly cpuOf: Readonly<Record<string, number>>;
  /** Cores in use by the load generator, and by everything else on the machine. */
  readonly generatorCpu: number;
  readonly othersCpu: number;
  readonly seconds: number;
  readonly published: number;
  readonly delivered: number;
}

/** What one unit of work costs, us of CPU, under the names of docs/perf/costs.json. */
export interface Costs {
  readonly ingestUsPerPublish: number;
  readonly kafkaUsPerRecord: number;
  readonly routerUsPerRecord: number;
  readonly redisUsPerRecord: number;
  readonly gatewayUsPerDelivery: number;
  readonly archiverUsPerRecord: number;
  readonly postgresUsPerRecord: number;
}

/** Sum over the processes of a kind: `redis` is `redis 0`, `redis 1` and so on. */
const kind = (cpuOf: Split["cpuOf"], name: string): number =>
  Object.entries(cpuOf).reduce(
    (sum, [process, used]) => sum + (process.split(" ")[0] === name ? used : 0),
    0,
  );

const us = (cpuSeconds: number, units: number): number => (cpuSeconds * 1e6) / units;

export function costsOf({ cpuOf, published, delivered }: Split): Costs {
  const perRecord = (name: string): number => us(kind(cpuOf, name), published);
  return {
    ingestUsPerPublish: perRecord("ingest"),
    kafkaUsPerRecord: perRecord("kafka"),
    routerUsPerRecord: perRecord("router"),
    redisUsPerRecord: perRecord("redis"),
    gatewayUsPerDelivery: us(kind(cpuOf, "gateway"), delivered),
    archiverUsPerRecord: perRecord("archiver"),
    postgresUsPerRecord: perRecord("postgresql"),
  };
}

/** Each process's share of a core, and its CPU by danmaku that was published and by one that a viewer got. */
export function splitTable({ cpuOf, generatorCpu, othersCpu, seconds, published, delivered }: Split): string {
  const cost = (used: number): readonly string[] => [
    us(used, published).toFixed(1),
    delivered === 0 ? "" : us(used, delivered).toFixed(2),
  ];
  const all = Object.values(cpuOf).reduce((sum, used) => sum + used, 0);
  const rows = [...Object.entries(cpuOf), ["all servers", all] as const].map(([name, used]) => [
    name,
    percent(used / seconds),
    ...cost(used),
  ]);
  const beside = [
    ["load generator", percent(generatorCpu), "", ""],
    ["everything else", percent(othersCpu), "", ""],
  ];
  return table(["process", "of a core", "us/published", "us/delivered"], [...rows, ...beside]);
}
