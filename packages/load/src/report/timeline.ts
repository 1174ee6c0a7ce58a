import { Latencies } from "../measure/latencies.ts";
import type { Counts, Effort, LatencyKind, SecondDelta } from "../run/second.ts";
import { LATENCY_KINDS } from "../run/second.ts";
import { CountSum } from "./count-sum.ts";
import { RoomSums } from "./room-sums.ts";

/** One second of all workers together. Units: latencies in ms. */
export interface TimelineSecond {
  readonly second: number;
  readonly invalid: readonly string[];
  readonly published: number;
  readonly acked: number;
  readonly refused: number;
  /** Refusals by code, closed connections as `closed 4001`, faults by name. */
  readonly errors: Counts;
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

export interface TimelineListeners {
  /** A second is closed: its figures are those of the report. */
  readonly onSecond?: ((second: TimelineSecond) => void) | undefined;
  /** Open connections, while they are made. */
  readonly onConnecting?: ((connections: number) => void) | undefined;
}

/** Seconds that a worker's figures may come late by, before a second is closed without it. */
const LATE_SECONDS = 3;

/**
 * Adds the workers' seconds up.
 *
 * Bounds     keeps histograms of the whole run and figures of each second, not a histogram of each second.
 */
export class Timeline {
  readonly #open = new Map<number, SecondDelta[]>();
  readonly #seconds: TimelineSecond[] = [];
  readonly #workers: number;
  readonly #listeners: TimelineListeners;
  /** By worker. */
  readonly #latest = new Map<number, SecondDelta>();
  readonly #refused = new CountSum();
  readonly #closed = new CountSum();
  readonly #faults = new CountSum();
  #closedUpTo = -Infinity;
  /** Seconds in which one of the workers could not keep up. */
  readonly #invalid = new Set<number>();
  /** Of closed seconds in which every worker kept up. */
  readonly valid = freshSet();
  /** Of all seconds. */
  readonly all = freshSet();
  readonly rooms = new RoomSums();
  published = 0;
  acked = 0;
  delivered = 0;
  sampled = 0;
  wrong = 0;

  constructor(workers: number, listeners: TimelineListeners = {}) {
    this.#workers = workers;
    this.#listeners = listeners;
  }

  get refused(): Counts {
    return this.#refused.counts;
  }

  get closed(): Counts {
    return this.#closed.counts;
  }

  get faults(): Counts {
    return this.#faults.counts;
  }

  add(delta: SecondDelta): void {
    for (const kind of LATENCY_KINDS) this.all[kind].merge(delta.latencies[kind]);
    this.#refused.add(delta.refused);
    this.#closed.add(delta.closed);
    this.#faults.add(delta.faults);
    this.rooms.add(delta.rooms ?? {});
    this.published += delta.published;
    this.acked += delta.acked;
    this.delivered += delta.delivered;
    this.sampled += delta.sampled;
    this.wrong += delta.wrong;
    this.#latest.set(delta.worker, delta);
    const connections = [...this.#latest.values()].reduce((sum, each) => sum + each.connections, 0);
    if (delta.second < 0) this.#listeners.onConnecting?.(connections);
    if (delta.second <= this.#closedUpTo) {
      const others = this.#invalid.has(delta.second);
      if (!others && delta.invalid.length === 0) this.#count(delta);
      return;
    }
    const open = this.#open.get(delta.second) ?? [];
    open.push(delta);
    this.#open.set(delta.second, open);
    const latest = [...this.#latest.values()].map(({ second }) => second);
    // A worker's second is over when its next one has come.
    if (latest.length === this.#workers) this.#close(Math.min(...latest) - 1);
    this.#close(delta.second - LATE_SECONDS);
  }

  /** All seconds, in order; further ones are added to the sums only. */
  end(): readonly TimelineSecond[] {
    this.#close(Infinity);
    return this.#seconds;
  }

  #count({ latencies }: SecondDelta): void {
    for (const kind of LATENCY_KINDS) this.valid[kind].merge(latencies[kind]);
  }

  #close(upTo: number): void {
    const due = [...this.#open.keys()].filter((second) => second <= upTo).toSorted((a, b) => a - b);
    for (const second of due) {
      const deltas = this.#open.get(second) ?? [];
      const closed = figuresOf(second, deltas);
      // What one worker published, others received: where one could not keep up, no one's latencies are the server's.
      const isInvalid = second >= 0 && closed.invalid.length > 0;
      if (isInvalid) this.#invalid.add(second);
      else for (const delta of deltas) if (delta.invalid.length === 0) this.#count(delta);
      this.#open.delete(second);
      this.#closedUpTo = second;
      this.#seconds.push(closed);
      this.#listeners.onSecond?.(closed);
    }
  }
}

function errorsOf(deltas: readonly SecondDelta[]): Counts {
  const errors = new CountSum();
  for (const { refused, closed, faults } of deltas) {
    errors.add(refused);
    errors.add(Object.fromEntries(Object.entries(closed).map(([code, count]) => [`closed ${code}`, count])));
    errors.add(faults);
  }
  return errors.counts;
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
  // A worker has several deltas before the start: the last one has its connections.
  const lastOfEach = new Map(deltas.map((delta) => [delta.worker, delta.connections]));
  return {
    second,
    invalid: [...new Set(deltas.flatMap(({ invalid }) => invalid))],
    published: total((delta) => delta.published),
    acked: total((delta) => delta.acked),
    refused: total(({ refused }) => Object.values(refused).reduce((a, b) => a + b, 0)),
    errors: errorsOf(deltas),
    delivered: total((delta) => delta.delivered),
    connections: [...lastOfEach.values()].reduce((sum, each) => sum + each, 0),
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
