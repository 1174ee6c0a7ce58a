import { AggregatorRegistry } from "prom-client";
import type { Facts, LedgerFacts, LedgerPageFacts, MetricFacts } from "./facts.ts";
import { ROOMS_WITH_SERIES, addLedgers, endedLedger, roomSeries, sumLedgerPages } from "./ledger-sum.ts";
import { METRICS } from "./metric-table.ts";
import type { MetricSpec } from "./metric-table.ts";

const TABLE: Readonly<Record<string, MetricSpec>> = METRICS;

/**
 * What several processes tell of themselves, as one.
 *
 * Shape      each process's last facts, by generation; and one sum of what processes that have ended had counted, so
 *            that no counter falls when one ends. Their gauges are gone with them.
 * Bounds     the facts of the processes that are there, and one more.
 */
export class Whole {
  private readonly last = new Map<number, Facts>();
  private endedMetrics: readonly MetricFacts[] = [];
  private endedLedger: LedgerFacts = {};

  tell(generation: number, facts: Facts): void {
    this.last.set(generation, facts);
  }

  /** This process has ended. */
  retire(generation: number): void {
    const facts = this.last.get(generation);
    if (facts === undefined) return;
    this.last.delete(generation);
    this.endedMetrics = sumMetrics([this.endedMetrics, facts.metrics.filter(isCumulative).map(ended)]);
    if (facts.ledger !== undefined)
      this.endedLedger = addLedgers(this.endedLedger, endedLedger(facts.ledger.process));
  }

  /** Prometheus' text form of all, with `own` metrics of whoever asks. */
  async metrics(own: readonly MetricFacts[]): Promise<{ readonly type: string; readonly text: string }> {
    const live = [...this.last.values()].map(({ metrics }) => [...metrics]);
    const registry = AggregatorRegistry.aggregate([
      ...live,
      [...this.endedMetrics],
      [...own],
      [this.ofRooms()],
    ]);
    return { type: registry.contentType, text: await registry.metrics() };
  }

  /** Made of the page: of ten rooms that a process tells, others may be the ten largest of all. */
  private ofRooms(): MetricFacts {
    const { kind: type, help } = METRICS.barrage_room_ledger_records;
    const values = roomSeries(this.ledger().rooms, ROOMS_WITH_SERIES);
    return { name: "barrage_room_ledger_records", help, type, aggregator: "sum", values };
  }

  /** With what was told just now for one question, which need not be the last. */
  ledger(fresh: ReadonlyMap<number, Facts> = new Map()): LedgerPageFacts {
    const all = [...this.last].map(([generation, facts]) => fresh.get(generation) ?? facts);
    const pages = all.flatMap(({ ledger }) => (ledger === undefined ? [] : [ledger]));
    return sumLedgerPages(pages, this.endedLedger);
  }
}

/** What has happened stays so when the process that counted it ends. */
const isCumulative = ({ name, type }: MetricFacts): boolean =>
  type !== "gauge" || TABLE[name]?.isCumulative === true;

/** The term of records on their way: in a process that has ended they are lost. */
function ended(metric: MetricFacts): MetricFacts {
  if (metric.type !== "gauge") return metric;
  const values = metric.values.map((each) =>
    each.labels["term"] === "inFlight" ? { ...each, labels: { ...each.labels, term: "lostAtClose" } } : each,
  );
  return { ...metric, values };
}

function sumMetrics(all: readonly (readonly MetricFacts[])[]): readonly MetricFacts[] {
  const sums = new Map<string, MetricFacts>();
  for (const metric of all.flat()) {
    const { name } = metric;
    const known = sums.get(name)?.values ?? [];
    sums.set(name, { ...metric, values: sumValues([...known, ...metric.values]) });
  }
  return [...sums.values()];
}

type Value = MetricFacts["values"][number];

function sumValues(values: readonly Value[]): Value[] {
  const sums = new Map<string, Value>();
  for (const each of values) {
    const key = JSON.stringify([
      each.metricName,
      Object.entries(each.labels).sort(([a], [b]) => (a < b ? -1 : 1)),
    ]);
    sums.set(key, { ...each, value: each.value + (sums.get(key)?.value ?? 0) });
  }
  return [...sums.values()];
}
