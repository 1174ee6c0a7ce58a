import type { LoadPlan, LoadReport, Phase, TimelineSecond } from "@barrage/load";

/** Seconds whose figures a view keeps for its sparklines. Moved by the widest screen, in columns. */
const HISTORY_SECONDS = 240;

/** What a run has come to so far. */
export class RunProgress {
  readonly scenario: string;
  /** Protocol and address. */
  readonly target: string;
  readonly totalSeconds: number;
  readonly viewers: number;
  phase: Phase = "connecting";
  seconds = 0;
  connections = 0;
  sent = 0;
  acked = 0;
  delivered = 0;
  errors = 0;
  invalidSeconds = 0;
  /** Known at the end only: then it is sure that nothing more comes. */
  lost: number | undefined;
  last: TimelineSecond | undefined;
  /** Of the newest second; at the end, of the whole run. */
  rate = 0;
  p99 = 0;
  /** Sends per second, the newest last. */
  readonly rates: number[] = [];
  /** p99 of send to receive by second, ms, the newest last. */
  readonly p99s: number[] = [];

  constructor(plan: Pick<LoadPlan, "scenario" | "protocol" | "host" | "port" | "viewers">, seconds: number) {
    this.scenario = plan.scenario;
    this.target = `${plan.protocol} at ${plan.host}:${plan.port}`;
    this.viewers = plan.viewers;
    this.totalSeconds = seconds;
  }

  /** True for a second of the run itself: not while viewers connect, nor when all has come. */
  second(second: TimelineSecond): boolean {
    this.connections = second.connections;
    this.errors += Object.values(second.errors).reduce((sum, count) => sum + count, 0);
    this.delivered += second.delivered;
    this.sent += second.published;
    this.acked += second.acked;
    const isIdle = second.published + second.acked + second.delivered === 0;
    if (second.second < 0 || (second.second >= this.totalSeconds && isIdle)) return false;
    this.last = second;
    [this.rate, this.p99] = [second.published, second.p99];
    this.seconds = second.second + 1;
    if (second.invalid.length > 0) this.invalidSeconds += 1;
    for (const [figures, figure] of [
      [this.rates, second.published],
      [this.p99s, second.p99],
    ] as const) {
      figures.push(figure);
      if (figures.length > HISTORY_SECONDS) figures.shift();
    }
    return true;
  }

  /** The report's own sums take the place of what was added up. */
  end(report: LoadReport): void {
    [this.sent, this.acked, this.delivered] = [report.published, report.acked, report.delivered];
    this.invalidSeconds = report.invalidSeconds;
    this.rate = Math.round(report.published / Math.max(1, Math.min(this.seconds, this.totalSeconds)));
    this.p99 = report.latencies.delivery.p99;
    if (report.audience.viewers > 0) this.lost = report.audience.lost;
  }
}
