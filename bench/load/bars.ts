/** What a server cost and took at the highest rate that it holds. */
export interface Reached {
  readonly server: string;
  /** Danmaku per second, all rooms together. */
  readonly rate: number;
  readonly usPerDelivered: number;
  readonly p95: number;
  readonly p99: number;
  /** The longest flush window in force at the end, ms; undefined where the server does not say. */
  readonly windowMs: number | undefined;
}

/** A bar, and what was found. `holds` is undefined where nothing was measured to judge by. */
export interface Judged {
  readonly bar: string;
  readonly found: string;
  readonly holds: boolean | undefined;
}

/** The servers that a bar is about: as it comes, and with nothing durable as its peers. */
export const [BARRAGE, IN_MEMORY, IN_MEMORY_V1] = ["barrage", "barrage-memory", "barrage-memory.v1"];
const BATCHING = "batching-ws";
const UNBATCHED: readonly string[] = ["ws", "socket.io", "sockjs"];

const TENTH = 0.1;
const P95_MS = 43;
const WINDOW_A_MS = 25;
const P99_C_MS = 250;
const WINDOW_C_MS = 150;
const IDLE_KIB = 10;
const GROWTH = 1.3;
const WRITE_OVER_FLOOR = 1.25;

const judged = (bar: string, value: number | undefined, most: number, unit = ""): Judged =>
  value === undefined || !Number.isFinite(value)
    ? { bar, found: "not measured", holds: undefined }
    : { bar, found: `${value.toFixed(2)}${unit}`, holds: value <= most };

const named = (all: readonly Reached[], server: string): Reached | undefined =>
  all.find((each) => each.server === server);

const over = (one: number | undefined, other: number | undefined): number | undefined =>
  one === undefined || other === undefined ? undefined : one / other;

/** One room of 1,000 viewers: `asked` is the rate that the workload asks for. */
export function judgeA(all: readonly Reached[], asked: number): readonly Judged[] {
  const best = UNBATCHED.map((name) => named(all, name)?.usPerDelivered ?? Infinity);
  const batching = named(all, BATCHING)?.usPerDelivered;
  const own = named(all, BARRAGE);
  const against = (name: string): Judged =>
    judged(
      `CPU per delivered of ${name} / ${BATCHING} at most 1.00`,
      over(named(all, name)?.usPerDelivered, batching),
      1,
    );
  return [
    judged(
      `CPU per delivered of ${BARRAGE} / best unbatched peer at most 0.10`,
      over(own?.usPerDelivered, Math.min(...best)),
      TENTH,
    ),
    against(IN_MEMORY),
    against(IN_MEMORY_V1),
    ...[BARRAGE, IN_MEMORY].flatMap((name) =>
      atWholeRate(name, named(all, name), asked, { latency: "p95", mostMs: P95_MS, windowMs: WINDOW_A_MS }),
    ),
  ];
}

/** One room of 10,000 viewers. */
export const judgeC = (all: readonly Reached[], asked: number): readonly Judged[] =>
  atWholeRate(BARRAGE, named(all, BARRAGE), asked, {
    latency: "p99",
    mostMs: P99_C_MS,
    windowMs: WINDOW_C_MS,
  });

/** Latency and window of a server that holds the whole rate; of one that does not, nothing is known. */
function atWholeRate(
  name: string,
  reached: Reached | undefined,
  asked: number,
  bars: { readonly latency: "p95" | "p99"; readonly mostMs: number; readonly windowMs: number },
): readonly Judged[] {
  const { latency, mostMs, windowMs } = bars;
  const whole = reached !== undefined && reached.rate >= asked ? reached : undefined;
  return [
    judged(`${latency} of ${name} at ${asked}/s at most ${mostMs} ms`, whole?.[latency], mostMs, " ms"),
    judged(`window of ${name} at most ${windowMs} ms`, whole?.windowMs, windowMs, " ms"),
  ];
}

export const judgeIdle = (kibEach: Readonly<Record<string, number>>): readonly Judged[] => [
  judged(`idle viewer of ${BARRAGE} at most ${IDLE_KIB} KiB`, kibEach[BARRAGE], IDLE_KIB, " KiB"),
];

/** Costs of a server while one thing grows, the smallest load first. */
export interface Grown {
  readonly server: string;
  readonly what: "viewers" | "rooms";
  /** CPU of a further delivery, or of any where there are no further ones, us. */
  readonly usPerDelivery: readonly number[];
  /** CPU of a further write at the largest load, us. */
  readonly usPerWrite: number | undefined;
}

export function judgeGrowth(all: readonly Grown[]): readonly Judged[] {
  const grown = (server: string, what: Grown["what"]): Grown | undefined =>
    all.find((each) => each.server === server && each.what === what);
  const spread = (costs: readonly number[] = []): number | undefined => over(costs.at(-1), costs[0]);
  const write = (server: string): number | undefined => grown(server, "viewers")?.usPerWrite;
  return [
    ...(["viewers", "rooms"] as const).map((what) =>
      judged(
        `cost per delivery of ${IN_MEMORY} as ${what} grow, largest / smallest at most ${GROWTH}`,
        spread(grown(IN_MEMORY, what)?.usPerDelivery),
        GROWTH,
      ),
    ),
    judged(
      `CPU per write of ${IN_MEMORY} / floor at most ${WRITE_OVER_FLOOR}`,
      over(write(IN_MEMORY), write("floor")),
      WRITE_OVER_FLOOR,
    ),
  ];
}

export const judgedLine = ({ bar, found, holds }: Judged): string =>
  `${holds === undefined ? "----" : holds ? "PASS" : "MISS"}  ${bar}: ${found}`;
