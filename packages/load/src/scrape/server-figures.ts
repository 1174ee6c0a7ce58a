import type { MetricSample, MetricsPage } from "./prometheus-text.ts";

/** What a server said of itself at one moment. A figure is absent where it did not say it. */
export interface ServerFigures {
  /** Since its start. */
  readonly cpuSeconds?: number;
  readonly residentBytes?: number;
  readonly heapUsedBytes?: number;
  readonly loopDelayP99Ms?: number;
  readonly connections?: number;
  /** All other metrics by name, summed over their labels. */
  readonly gauges: Readonly<Record<string, number>>;
  /** What only grows. */
  readonly counters: Readonly<Record<string, number>>;
}

/** Metrics kept by name; a page with more has a label for each of something. */
const OTHERS_MAX = 200;

interface Known {
  readonly name: string;
  readonly labels?: Readonly<Record<string, string>>;
  /** From the metric's unit to ours. */
  readonly times?: number;
}

type Figure = "cpuSeconds" | "residentBytes" | "heapUsedBytes" | "loopDelayP99Ms" | "connections";

/** Names under which servers tell these figures: Barrage's own, prom-client's, and what is usual in Go. */
const KNOWN: Readonly<Record<Figure, readonly Known[]>> = {
  cpuSeconds: [{ name: "process_cpu_seconds_total" }],
  residentBytes: [{ name: "process_resident_memory_bytes" }],
  heapUsedBytes: [{ name: "nodejs_heap_size_used_bytes" }, { name: "go_memstats_heap_inuse_bytes" }],
  loopDelayP99Ms: [
    { name: "barrage_event_loop_delay_seconds", labels: { quantile: "0.99" }, times: 1_000 },
    { name: "nodejs_eventloop_lag_p99_seconds", times: 1_000 },
  ],
  connections: [
    { name: "barrage_connections" },
    { name: "socket_io_connected" },
    { name: "websocket_connections" },
    { name: "ws_connections" },
    { name: "connections" },
  ],
};

const matches = ({ name, labels = {} }: Known, sample: MetricSample): boolean =>
  sample.name === name && Object.entries(labels).every(([key, value]) => sample.labels[key] === value);

/** Several processes of one server add up, except where one figure of them all would say nothing. */
function figureOf(samples: readonly MetricSample[], figure: Figure): number | undefined {
  for (const known of KNOWN[figure]) {
    const found = samples.filter((sample) => matches(known, sample)).map(({ value }) => value);
    if (found.length === 0) continue;
    const value =
      figure === "loopDelayP99Ms" ? Math.max(...found) : found.reduce((sum, each) => sum + each, 0);
    return value * (known.times ?? 1);
  }
  return undefined;
}

const usedNames = new Set(Object.values(KNOWN).flatMap((all) => all.map(({ name }) => name)));

export function figuresOf({ samples, types }: MetricsPage): ServerFigures {
  const gauges = new Map<string, number>();
  const counters = new Map<string, number>();
  for (const { name, value } of samples) {
    if (usedNames.has(name) || name.endsWith("_bucket") || !Number.isFinite(value)) continue;
    const into = types.get(name) === "counter" || /_(?:total|count|sum)$/.test(name) ? counters : gauges;
    if (!into.has(name) && gauges.size + counters.size >= OTHERS_MAX) continue;
    into.set(name, (into.get(name) ?? 0) + value);
  }
  const known = (Object.keys(KNOWN) as Figure[]).flatMap((figure) => {
    const value = figureOf(samples, figure);
    return value === undefined ? [] : [[figure, value] as const];
  });
  return {
    ...Object.fromEntries(known),
    gauges: Object.fromEntries(gauges),
    counters: Object.fromEntries(counters),
  };
}
