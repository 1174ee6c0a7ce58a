import { Counter, Gauge, Histogram, Registry } from "prom-client";
import { imbalance } from "@barrage/engine";
import type { EdgeEngine, EngineEvent, Ledger } from "@barrage/engine";
import { liveTaskCount, taskFailureCount } from "@barrage/kernel";
import type { MonitorMetrics } from "@barrage/kernel-node";
import type { RequestHook } from "../http/lifecycle.ts";
import { factsSchema } from "./facts.ts";
import type { MetricFacts } from "./facts.ts";
import { ROOMS_WITH_SERIES, byViewersEverywhere } from "./ledger-sum.ts";
import { METRICS } from "./metric-table.ts";
import type { MetricName, MetricSpec } from "./metric-table.ts";
import type { NodeMeter } from "./process-meter.ts";

type NamesOf<K extends MetricSpec["kind"]> = {
  [N in MetricName]: (typeof METRICS)[N]["kind"] extends K ? N : never;
}[MetricName];

/** What the owner of log and rooms counts. */
export type OwnerFigures = Pick<EdgeEngine, "logStats" | "roomCount" | "windowMs"> & {
  readonly totals: Pick<EdgeEngine["totals"], "published" | "muted" | "policies">;
};

const TABLE: Readonly<Record<string, MetricSpec>> = METRICS;

const [MS_PER_S, US_PER_S] = [1e3, 1e6];
const DELAY_QUANTILES = [0.5, 0.99, 1];
/** What proxies log for a client that hung up. */
const CLIENT_GONE = "499";

/** A ledger as label values and numbers. */
function ledgerTerms({ shed, ...terms }: Ledger): readonly (readonly [string, number])[] {
  const reasons = Object.entries(shed).map(([reason, records]) => [`shed_${reason}`, records] as const);
  return [...Object.entries(terms), ...reasons];
}

/** All metrics of one process, made from the table. Counts kept elsewhere are read when somebody looks. */
export class Metrics {
  private readonly registry = new Registry();
  private readonly counters = new Map<string, Counter>();
  private readonly gauges = new Map<string, Gauge>();
  private readonly histograms = new Map<string, Histogram>();
  private readonly meter: NodeMeter;
  /** One for each danmaku: only counted as they come. */
  private readonly verdicts = { allow: 0, mask: 0, hold: 0, reject: 0 };

  constructor(meter: NodeMeter) {
    this.meter = meter;
    for (const [name, spec] of Object.entries<MetricSpec>(METRICS)) this.make(name, spec);
  }

  /** The engine's events as metrics. */
  onEvent(event: EngineEvent): void {
    switch (event.type) {
      case "batch_delivered":
        this.histogram("barrage_delivery_seconds").observe(event.oldestMs / 1_000);
        return;
      case "connection_closed":
        this.counter("barrage_connections_closed_total").inc({ code: String(event.code) });
        return;
      case "verdict":
        this.verdicts[event.verdict] += 1;
        return;
      case "feed_gap":
        this.counter("barrage_feed_gaps_total").inc();
        return;
      case "room_queue_full":
        this.counter("barrage_room_queue_full_total").inc();
        return;
      case "publish_failed":
        this.counter("barrage_publish_failures_total").inc();
        return;
      case "log_failed":
        this.counter("barrage_log_failures_total").inc();
        return;
      case "archive_failed":
        this.counter("barrage_archive_failures_total").inc();
        return;
      case "connection_opened":
      case "room_changed":
        return;
    }
  }

  /** Requests as metrics. */
  get hook(): RequestHook {
    return {
      name: "metrics",
      after: ({ method, route }, { status, ms, aborted }) => {
        const sent = aborted ? CLIENT_GONE : String(status);
        this.counter("barrage_http_requests_total").inc({ method, route, status: sent });
        if (sent === "202") this.histogram("barrage_ack_seconds").observe(ms / 1_000);
      },
    };
  }

  /** What the kernel's monitor finds, as metrics. */
  get ofMonitor(): MonitorMetrics {
    return {
      tasksLive: (group, count) => this.gauge("barrage_tasks_live").set({ group }, count),
      taskPanic: (task) => this.counter("barrage_task_panic_total").inc({ task }),
      leakSuspected: (kind) => this.counter("barrage_leak_suspected_total").inc({ kind }),
    };
  }

  /** Prometheus' text form, as of now, of the parts that this process has. */
  async text(
    { owner, gateway }: { readonly owner?: OwnerFigures; readonly gateway?: EdgeEngine },
    isReady: boolean,
  ): Promise<{ readonly type: string; readonly text: string }> {
    if (owner !== undefined) this.readOwner(owner);
    if (gateway !== undefined) {
      this.readGateway(gateway);
      this.readRooms(gateway);
    }
    this.readProcess(true);
    this.gauge("barrage_ready").set(isReady ? 1 : 0);
    return { type: this.registry.contentType, text: await this.registry.metrics() };
  }

  /** A gateway's part, for a process that sums several and makes the rooms' of their ledger pages; the event loop's watch begins anew where it is for a `scrape`. */
  async gatewayFacts(engine: EdgeEngine, isReady: boolean, isScrape: boolean): Promise<MetricFacts[]> {
    this.readGateway(engine);
    this.readProcess(isScrape);
    this.gauge("barrage_ready").set(isReady ? 1 : 0);
    return this.facts((of) => of !== "owner");
  }

  /** The owner's part, in the same way. */
  async ownerFacts(owner: OwnerFigures, isScrape: boolean): Promise<MetricFacts[]> {
    this.readOwner(owner);
    this.readProcess(isScrape);
    return this.facts((of) => of !== undefined);
  }

  private async facts(isTold: (of: MetricSpec["of"]) => boolean): Promise<MetricFacts[]> {
    const all = factsSchema.shape.metrics.parse(await this.registry.getMetricsAsJSON());
    return all.filter(({ name }) => isTold(TABLE[name]?.of));
  }

  private make(name: string, { kind, help, labels, buckets, combine }: MetricSpec): void {
    const aggregator: "sum" | "max" | "min" = combine ?? "sum";
    const options = { name, help, labelNames: [...labels], registers: [this.registry], aggregator };
    if (kind === "counter") this.counters.set(name, new Counter(options));
    else if (kind === "gauge") this.gauges.set(name, new Gauge(options));
    else this.histograms.set(name, new Histogram({ ...options, buckets: [...(buckets ?? [])] }));
  }

  private readOwner({ totals, logStats, roomCount, windowMs }: OwnerFigures): void {
    this.total("barrage_published_total", totals.published);
    this.total("barrage_muted_total", totals.muted);
    const policies = this.counter("barrage_policy_records_total");
    policies.reset();
    for (const [policy, counts] of Object.entries(totals.policies)) {
      policies.inc({ policy, mode: "on" }, counts.on);
      policies.inc({ policy, mode: "dry_run" }, counts.dry_run);
    }
    this.total("barrage_log_appended_total", logStats.appended);
    this.total("barrage_log_groups_total", logStats.groups);
    this.gauge("barrage_log_queue").set(logStats.queued);
    this.gauge("barrage_log_queue_bytes").set(logStats.queuedBytes);
    this.gauge("barrage_rooms").set(roomCount);
    this.gauge("barrage_flush_window_seconds").set(windowMs / 1_000);
  }

  private readGateway(engine: EdgeEngine): void {
    const { totals } = engine;
    this.total("barrage_delivered_total", totals.delivered);
    this.total("barrage_lost_at_close_total", totals.lostAtClose);
    this.total("barrage_duplicates_total", totals.duplicates);
    const shed = this.counter("barrage_shed_total");
    shed.reset();
    for (const [reason, records] of Object.entries(totals.shed)) shed.inc({ reason }, records);
    this.readLedger(engine);
    const { bytes, peakBytes, peakConnectionBytes } = engine.gateway.outbound;
    this.gauge("barrage_outbound_bytes").set(bytes);
    this.gauge("barrage_outbound_peak_bytes").set({ of: "process" }, peakBytes);
    this.gauge("barrage_outbound_peak_bytes").set({ of: "connection" }, peakConnectionBytes);
    this.gauge("barrage_connections").set(engine.gateway.connections);
  }

  private readLedger({ gateway }: EdgeEngine): void {
    const all = gateway.ledger();
    for (const [term, records] of ledgerTerms(all)) {
      this.gauge("barrage_ledger_records").set({ term }, records);
    }
    this.gauge("barrage_ledger_imbalance_records").set(imbalance(all));
  }

  private readRooms({ gateway }: EdgeEngine): void {
    const ofRooms = this.gauge("barrage_room_ledger_records");
    // A room that is not among the largest any more leaves the page.
    ofRooms.reset();
    const rooms = [...gateway.roomLedgers()].sort(byViewersEverywhere).slice(0, ROOMS_WITH_SERIES);
    for (const { room, ledger } of rooms) {
      for (const [term, records] of ledgerTerms(ledger)) ofRooms.set({ room, term }, records);
    }
  }

  private readProcess(isScrape: boolean): void {
    this.gauge("barrage_live_tasks").set(liveTaskCount());
    this.total("barrage_task_failures_total", taskFailureCount());
    this.readVerdicts();
    const { user, system } = process.cpuUsage();
    this.total("process_cpu_seconds_total", (user + system) / US_PER_S);
    this.gauge("process_resident_memory_bytes").set(process.memoryUsage.rss());
    const delay = this.gauge("barrage_event_loop_delay_seconds");
    for (const quantile of DELAY_QUANTILES)
      delay.set({ quantile: String(quantile) }, this.meter.delayMs(quantile) / MS_PER_S);
    if (isScrape) this.meter.beginDelays();
  }

  private readVerdicts(): void {
    const verdicts = this.counter("barrage_verdicts_total");
    verdicts.reset();
    for (const [verdict, times] of Object.entries(this.verdicts))
      if (times > 0) verdicts.inc({ verdict }, times);
  }

  /** A count that somebody else keeps. */
  private total(name: NamesOf<"counter">, value: number): void {
    const counter = this.counter(name);
    counter.reset();
    counter.inc(value);
  }

  private counter(name: NamesOf<"counter">): Counter {
    return this.counters.get(name) as Counter;
  }

  private gauge(name: NamesOf<"gauge">): Gauge {
    return this.gauges.get(name) as Gauge;
  }

  private histogram(name: NamesOf<"histogram">): Histogram {
    return this.histograms.get(name) as Histogram;
  }
}
