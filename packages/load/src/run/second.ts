import { Latencies } from "../measure/latencies.ts";
import type { StreamCounts } from "../stream/viewer-stream.ts";
import type { RoomFigures } from "./room-tally.ts";

/** Occurrences by name. */
export type Counts = Readonly<Record<string, number>>;

export const LATENCY_KINDS = ["delivery", "ack", "connect", "login", "catchUp"] as const;
export type LatencyKind = (typeof LATENCY_KINDS)[number];

/** How the generator itself fared in a second. */
export interface Effort {
  /** Share of one core, 1 = a whole one. */
  readonly cpu: number;
  /** Delay of the event loop beyond its 1 ms timer, ms. */
  readonly loopDelayP99Ms: number;
  readonly loopDelayMaxMs: number;
  /** Longest time between due and sent, ms. */
  readonly sendLagMaxMs: number;
}

/** What one worker saw in one second; seconds of several workers add up. */
export interface SecondDelta {
  /** Number of the worker. */
  readonly worker: number;
  /** Whole seconds since the start of the sends; negative while viewers connect. */
  readonly second: number;
  /** Why the generator could not keep up; empty when it could. */
  readonly invalid: readonly string[];
  readonly published: number;
  readonly acked: number;
  readonly delivered: number;
  readonly connections: number;
  readonly refused: Counts;
  readonly closed: Counts;
  readonly faults: Counts;
  readonly sampled: number;
  readonly wrong: number;
  /** Histograms of the second, as `Latencies.take` gives them. */
  readonly latencies: Readonly<Record<LatencyKind, string>>;
  readonly effort: Effort;
  /** Of the whole run, by name; only in a worker's last second. */
  readonly rooms?: Readonly<Record<string, RoomFigures>>;
}

const bump = (counts: Map<string, number>, name: string): void => {
  counts.set(name, (counts.get(name) ?? 0) + 1);
};

/** Gathers one second after the other. */
export class SecondTally implements StreamCounts {
  readonly #worker: number;
  readonly #latencies: Readonly<Record<LatencyKind, Latencies>> = {
    delivery: new Latencies(),
    ack: new Latencies(),
    connect: new Latencies(),
    login: new Latencies(),
    catchUp: new Latencies(),
  };
  // Names come from servers: in an object, one might be that of a property which every object has.
  readonly #refused = new Map<string, number>();
  readonly #closed = new Map<string, number>();
  readonly #faults = new Map<string, number>();
  #published = 0;
  #acked = 0;
  #delivered = 0;
  #sampled = 0;
  #wrong = 0;
  #sendLagMaxMs = 0;
  connections = 0;

  constructor(worker = 0) {
    this.#worker = worker;
  }

  published(lagMs: number): void {
    this.#published += 1;
    this.#sendLagMaxMs = Math.max(this.#sendLagMaxMs, lagMs);
  }

  acked(ms: number): void {
    this.#acked += 1;
    this.#latencies.ack.record(ms);
  }

  refused(code: string): void {
    bump(this.#refused, code);
  }

  connected(ms: number): void {
    this.connections += 1;
    this.#latencies.connect.record(ms);
  }

  loggedIn(ms: number): void {
    this.#latencies.login.record(ms);
  }

  delivered(ms: number): void {
    this.#delivered += 1;
    this.#latencies.delivery.record(ms);
  }

  deliveredTogether(at: number, dueTimes: readonly number[]): void {
    this.#delivered += dueTimes.length;
    this.#latencies.delivery.recordSince(dueTimes, at);
  }

  deliveredLate(): void {
    this.#delivered += 1;
  }

  caughtUp(ms: number): void {
    this.#latencies.catchUp.record(ms);
  }

  fault(name: string): void {
    bump(this.#faults, name);
  }

  sampled(records: number, wrong: number): void {
    this.#sampled += records;
    this.#wrong += wrong;
  }

  closed(code: number): void {
    this.connections -= 1;
    bump(this.#closed, String(code));
  }

  /** A connection that the plan itself ended: nothing that the server did. */
  parted(): void {
    this.connections -= 1;
  }

  get sendLagMaxMs(): number {
    return this.#sendLagMaxMs;
  }

  /** The second's figures; everything but the open connections starts at 0 again. */
  take(second: number, effort: Effort, invalid: readonly string[]): SecondDelta {
    const { delivery, ack, connect, login, catchUp } = this.#latencies;
    const delta: SecondDelta = {
      worker: this.#worker,
      second,
      invalid,
      published: this.#published,
      acked: this.#acked,
      delivered: this.#delivered,
      connections: this.connections,
      refused: Object.fromEntries(this.#refused),
      closed: Object.fromEntries(this.#closed),
      faults: Object.fromEntries(this.#faults),
      sampled: this.#sampled,
      wrong: this.#wrong,
      latencies: {
        delivery: delivery.take(),
        ack: ack.take(),
        connect: connect.take(),
        login: login.take(),
        catchUp: catchUp.take(),
      },
      effort,
    };
    for (const counts of [this.#refused, this.#closed, this.#faults]) counts.clear();
    [this.#published, this.#acked, this.#delivered, this.#sampled, this.#wrong, this.#sendLagMaxMs] = [
      0, 0, 0, 0, 0, 0,
    ];
    return delta;
  }
}
