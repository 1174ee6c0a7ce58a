import { Latencies } from "../measure/latencies.ts";
import type { Counts, Effort, LatencyKind, SecondDelta } from "../run/second.ts";
import { LATENCY_KINDS } from "../run/second.ts";

/** One second of all workers together. Units: latencies in ms. */
export interface TimelineSecond {
  readonly second: number;
  readonly invalid: readonly string[];
  readonly published: number;
  readonly acked: number;
  readonly refused: number;
  readonly delivered: number;
  readonly connections: number;
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  readonly max: number;
  readonly ackP99: number;
  /** The busiest worker's. */
  readonly effort: Effort;
}

export type LatencySet = Readonly<Record<LatencyKind, Latencies>>;

const freshSet = (): LatencySet => ({
  delivery: new Latencies(),
  ack: new Latencies(),
  connect: new Latencies(),
  login: new Latencies(),
  catchUp: new Latencies(),
});

interface OpenSecond {
  readonly deltas: SecondDelta[];
}

/** Seconds that a worker's figures may come late by, before a second is closed. */
const LATE_SECONDS = 3;

/**
 * Adds the workers' seconds up.
 *
 * Bounds     keeps histograms of the whole run and figures of each second, not a histogram of each second.
 */
export class Timeline {
  readonly #open = new Map<number, OpenSecond>();
  readonly #seconds: TimelineSecond[] = [];
  readonly #onSecond: ((second: TimelineSecond) => void) | undefined;
  #closedUpTo = -Infinity;
  /** Of seconds in which the generator kept up. */
  readonly valid = freshSet();
  /** Of all seconds. */
  readonly all = freshSet();
  readonly refused: Record<string, number> = {};
  readonly closed: Record<string, number> = {};
  readonly faults: Record<string, number> = {};
  published = 0;
  acked = 0;
  delivered = 0;
  sampled = 0;
  wrong = 0;

  constructor(onSecond?: (second: TimelineSecond) => void) {
    this.#onSecond = onSecond;
  }

  add(delta: SecondDelta): void {
    for (const kind of LATENCY_KINDS) {
      this.all[kind].merge(delta.latencies[kind]);
      if (delta.invalid.length === 0) this.valid[kind].merge(delta.latencies[kind]);
    }
    sum(this.refused, delta.refused);
    sum(this.closed, delta.closed);
    sum(this.faults, delta.faults);
    this.published += delta.published;
    this.acked += delta.acked;
    this.delivered += delta.delivered;
    this.sampled += delta.sampled;
    this.wrong += delta.wrong;
    if (delta.second <= this.#closedUpTo) return;
    const open = this.#open.get(delta.second) ?? { deltas: [] };
    open.deltas.push(delta);
    this.#open.set(delta.second, open);
    this.#close(delta.second - LATE_SECONDS);
  }

  /** All seconds, in order; further ones are added to the sums only. */
  end(): readonly TimelineSecond[] {
    this.#close(Infinity);
    return this.#seconds;
  }

  #close(upTo: number): void {
    const due = [...this.#open.keys()].filter((second) => second <= upTo).toSorted((a, b) => a - b);
    for (const second of due) {
      const closed = figuresOf(second, this.#open.get(second)?.deltas ?? []);
      this.#open.delete(second);
      this.#closedUpTo = second;
      this.#seconds.push(closed);
      this.#onSecond?.(closed);
    }
  }
}

function sum(into: Record<string, number>, more: Counts): void {
  for (const [name, count] of Object.entries(more)) into[name] = (into[name] ?? 0) + count;
}

function figuresOf(second: number, deltas: readonly SecondDelta[]): TimelineSecond {
  const [delivery, ack] = [new Latencies(), new Latencies()];
  for (const { latencies } of deltas) {
    delivery.merge(latencies.delivery);
    ack.merge(latencies.ack);
  }
  const total = (of: (delta: SecondDelta) => number): number =>
    deltas.reduce((before, delta) => before + of(delta), 0);
  const most = (of: (effort: Effort) => number): number =>
    Math.max(0, ...deltas.map(({ effort }) => of(effort)));
  const { p50, p95, p99, max } = delivery.summary;
  return {
    second,
    invalid: [...new Set(deltas.flatMap(({ invalid }) => invalid))],
    published: total((delta) => delta.published),
    acked: total((delta) => delta.acked),
    refused: total(({ refused }) => Object.values(refused).reduce((a, b) => a + b, 0)),
    delivered: total((delta) => delta.delivered),
    connections: total((delta) => delta.connections),
    p50,
    p95,
    p99,
    max,
    ackP99: ack.percentile(99),
    effort: {
      cpu: most(({ cpu }) => cpu),
      loopDelayP99Ms: most(({ loopDelayP99Ms }) => loopDelayP99Ms),
      loopDelayMaxMs: most(({ loopDelayMaxMs }) => loopDelayMaxMs),
      sendLagMaxMs: most(({ sendLagMaxMs }) => sendLagMaxMs),
    },
  };
}
