/** One number that a plan of a site begins with. */
export interface Input {
  /** null: nobody has measured it yet. */
  readonly value: number | null;
  readonly unit: string;
  readonly what: string;
  /** Where a measured value comes from. */
  readonly source?: string;
  /** What measures it. */
  readonly by?: string;
}

/** What docs/perf/costs.json holds: costs that were measured or are to be, and what whoever plans has to choose. */
export interface CostFile {
  readonly measured: Readonly<Record<string, Input>>;
  readonly chosen: Readonly<Record<string, Input>>;
}

/** A step of the arithmetic: a new variable out of those before. */
interface Step {
  readonly name: string;
  readonly unit: string;
  /** The arithmetic for people, in the names of the variables. */
  readonly text: string;
  readonly uses: readonly string[];
  readonly of: (...values: readonly number[]) => number;
}

const US = 1e6;
const KIB_IN_GIB = 2 ** 20;
const BITS = 8;
/** More than there are people. */
const VIEWERS_MAX = 1e11;
const LIMIT_PRECISION = 1.001;
const GIGA = 1e9;

const step = (
  [name, unit]: readonly [string, string],
  text: string,
  uses: string,
  of: (...values: readonly number[]) => number,
): Step => ({ name, unit, text, uses: uses.split(" "), of });

/** Processes of one core each for work that costs so much at such a rate. */
const processes = (name: string, rate: string, cost: string): Step =>
  step(
    [name, "processes"],
    `ceil(${rate} x ${cost} / (coreShare x 1e6))`,
    `${rate} ${cost} coreShare`,
    (r = 0, c = 0, s = 1) => Math.ceil((r * c) / (s * US)),
  );

/** Gateways that have a viewer of a room, when every viewer may be at any of them. */
const spread = (gateways: number, viewers: number): number =>
  gateways * (1 - (1 - 1 / Math.max(1, gateways)) ** viewers);

/** In this order: each step uses what stands before it. */
const STEPS: readonly Step[] = [
  step(["rooms", "rooms"], "viewers / roomViewers", "viewers roomViewers", (v = 0, r = 1) => v / r),
  step(["publishes", "danmaku/s"], "rooms x roomRate", "rooms roomRate", (r = 0, rate = 0) => r * rate),
  step(
    ["roomBatches", "batches/s and room"],
    "min(roomRate, 1000 / windowMs)",
    "roomRate windowMs",
    (rate = 0, w = 1) => Math.min(rate, 1_000 / w),
  ),
  step(["batches", "batches/s"], "rooms x roomBatches", "rooms roomBatches", (r = 0, b = 0) => r * b),
  step(["writes", "writes/s"], "viewers x roomBatches", "viewers roomBatches", (v = 0, b = 0) => v * b),
  step(["deliveries", "records/s"], "viewers x roomRate", "viewers roomRate", (v = 0, rate = 0) => v * rate),
  processes("gateways", "writes", "gatewayUsPerWrite"),
  step(["viewersPerGateway", "viewers"], "viewers / gateways", "viewers gateways", (v = 0, g = 1) => v / g),
  step(
    ["connectionMemory", "GiB"],
    "viewers x connectionKiB / 2^20",
    "viewers connectionKiB",
    (v = 0, k = 0) => (v * k) / KIB_IN_GIB,
  ),
  step(
    ["egress", "Gbit/s"],
    "(deliveries x viewerRecordBytes + writes x wireOverheadBytes) x 8 / 1e9",
    "deliveries viewerRecordBytes writes wireOverheadBytes",
    (d = 0, record = 0, w = 0, overhead = 0) => ((d * record + w * overhead) * BITS) / GIGA,
  ),
  step(
    ["links", "machines"],
    "ceil(egress / (linkGbit x linkShare))",
    "egress linkGbit linkShare",
    (e = 0, l = 1, s = 1) => Math.ceil(e / (l * s)),
  ),
  step(
    ["roomGateways", "gateways of a room"],
    "gateways x (1 - (1 - 1 / gateways)^roomViewers)",
    "gateways roomViewers",
    (g = 0, v = 0) => spread(g, v),
  ),
  step(
    ["feedMessages", "messages/s"],
    "batches x roomGateways",
    "batches roomGateways",
    (b = 0, g = 0) => b * g,
  ),
  processes("feedGateways", "feedMessages", "gatewayUsPerFeedBatch"),
  processes("feedShards", "feedMessages", "redisUsPerSubscriber"),
  step(
    ["placedMessages", "messages/s"],
    "batches x ceil(roomViewers / viewersPerGateway)",
    "batches roomViewers viewersPerGateway",
    (b = 0, v = 0, each = 1) => b * Math.ceil(v / each),
  ),
  processes("placedShards", "placedMessages", "redisUsPerSubscriber"),
  processes("recordShards", "publishes", "redisUsPerRecord"),
  processes("ingests", "publishes", "ingestUsPerPublish"),
  processes("routers", "publishes", "routerUsPerRecord"),
  step(
    ["partitions", "partitions"],
    "routers x partitionGrowth",
    "routers partitionGrowth",
    (r = 0, g = 1) => r * g,
  ),
  step(
    ["roomRateMax", "danmaku/s"],
    "coreShare x 1e6 / routerUsPerRecord",
    "coreShare routerUsPerRecord",
    (s = 0, c = 1) => (s * US) / c,
  ),
  processes("kafkaCores", "publishes", "kafkaUsPerRecord"),
  step(
    ["logBytes", "MB/s"],
    "publishes x logRecordBytes x copies / 1e6",
    "publishes logRecordBytes copies",
    (p = 0, b = 0, c = 0) => (p * b * c) / US,
  ),
  processes("archivers", "publishes", "archiverUsPerRecord"),
  processes("postgresCores", "publishes", "postgresUsPerRecord"),
];

/** A variable with its value, or what it is waiting for. */
export interface Sized {
  readonly name: string;
  readonly unit: string;
  readonly text: string;
  readonly value: number | undefined;
  /** Names of inputs that nobody has measured. */
  readonly missing: readonly string[];
}

/** Does the arithmetic for a site of so many viewers. */
export function size({ measured, chosen }: CostFile, viewers: number): readonly Sized[] {
  const known = new Map<string, number>([["viewers", viewers]]);
  const missing = new Map<string, readonly string[]>();
  for (const [name, { value }] of Object.entries({ ...measured, ...chosen })) {
    if (value === null) missing.set(name, [name]);
    else known.set(name, value);
  }
  return STEPS.map(({ name, unit, text, uses, of }) => {
    const unknown = [...new Set(uses.flatMap((use) => missing.get(use) ?? []))];
    const absent = uses.find((use) => !known.has(use) && !missing.has(use));
    if (absent !== undefined) throw new RangeError(`${name} needs ${absent}, which the costs do not have`);
    if (unknown.length > 0) {
      missing.set(name, unknown);
      return { name, unit, text, value: undefined, missing: unknown };
    }
    const value = of(...uses.map((use) => known.get(use) ?? 0));
    known.set(name, value);
    return { name, unit, text, value, missing: [] };
  });
}

/** Viewers up to which `name` stays at or below `most`; undefined when it is not known or is never above. */
export function viewersUntil(costs: CostFile, name: string, most: number): number | undefined {
  const valueAt = (viewers: number): number | undefined =>
    size(costs, viewers).find((each) => each.name === name)?.value;
  let [fits, over] = [1, VIEWERS_MAX];
  const [least, highest] = [valueAt(fits), valueAt(over)];
  if (least === undefined || highest === undefined || highest <= most || least > most) return undefined;
  while (over / fits > LIMIT_PRECISION) {
    const middle = Math.sqrt(fits * over);
    if ((valueAt(middle) ?? 0) <= most) fits = middle;
    else over = middle;
  }
  return fits;
}

/** The costs with what a benchmark found, by the names that both have; `source` says which run. */
export function withMeasured(
  costs: CostFile,
  found: Readonly<Record<string, unknown>>,
  source: string,
): CostFile {
  const measured = Object.entries(costs.measured).map(([name, input]) => {
    const value = found[name];
    if (typeof value !== "number" || !Number.isFinite(value)) return [name, input] as const;
    return [name, { ...input, value: Number(value.toPrecision(3)), source }] as const;
  });
  return { ...costs, measured: Object.fromEntries(measured) };
}
