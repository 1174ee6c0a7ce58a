import { Latencies } from "../measure/latencies.ts";
import type { Counts, Effort, SecondDelta } from "../run/second.ts";
import type { StepMeasure } from "./step.ts";

interface Taken {
  readonly delta: SecondDelta;
  /** When it came, which is when its second ended; ms of the context's clock. */
  readonly at: number;
}

/** Seconds of a run: from, to (exclusive). */
export interface Span {
  readonly from: number;
  readonly to: number;
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

/** Keeps a run's seconds, and makes a step's measure of some of them. */
export class StepMeter {
  readonly #workers: number;
  #taken: Taken[] = [];

  constructor(workers: number) {
    this.#workers = workers;
  }

  add(delta: SecondDelta, at: number): void {
    if (delta.second >= 0) this.#taken.push({ delta, at });
  }

  /** Has every worker told all of its seconds before this one? */
  isOver(second: number): boolean {
    const done = new Set(
      this.#taken.filter(({ delta }) => delta.second >= second - 1).map(({ delta }) => delta.worker),
    );
    return done.size >= this.#workers;
  }

  /** When a span began and ended; ms of the context's clock. */
  moments({ from, to }: Span): { readonly from: number; readonly to: number } {
    const end = (second: number): number =>
      Math.max(0, ...this.#taken.filter(({ delta }) => delta.second === second).map(({ at }) => at));
    const last = end(to - 1);
    return { from: from === 0 ? last - to * 1_000 : end(from - 1), to: last };
  }

  /** What the generator saw in a span: rates of all its seconds, latencies of those in which it kept up. */
  measure(span: Span): Omit<StepMeasure, "load" | "rate" | "viewers" | "server"> {
    const deltas = this.#taken
      .map(({ delta }) => delta)
      .filter(({ second }) => second >= span.from && second < span.to);
    const seconds = span.to - span.from;
    const total = (of: (delta: SecondDelta) => number): number => sum(deltas.map(of));
    const errors = addCounts(
      deltas.flatMap(({ refused, faults, closed }) => [refused, faults, namedCloses(closed)]),
    );
    const published = total((delta) => delta.published);
    return {
      seconds,
      invalidSeconds: invalidSeconds(deltas, span, this.#workers),
      sent: published / seconds,
      acked: total((delta) => delta.acked) / seconds,
      delivered: total((delta) => delta.delivered) / seconds,
      errors,
      errorShare: Math.min(1, sum(Object.values(errors)) / Math.max(1, published)),
      delivery: merged(deltas, "delivery").summary,
      ack: merged(deltas, "ack").summary,
      generator: hardest(deltas),
    };
  }
}

const namedCloses = (closed: Counts): Counts =>
  Object.fromEntries(Object.entries(closed).map(([code, count]) => [`closed with ${code}`, count]));

function addCounts(all: readonly Counts[]): Counts {
  const total = new Map<string, number>();
  for (const counts of all)
    for (const [name, count] of Object.entries(counts)) total.set(name, (total.get(name) ?? 0) + count);
  return Object.fromEntries(total);
}

/** A second that a worker never told of was one in which it did not run. */
function invalidSeconds(deltas: readonly SecondDelta[], { from, to }: Span, workers: number): number {
  let count = 0;
  for (let second = from; second < to; second += 1) {
    const told = deltas.filter((delta) => delta.second === second);
    if (told.length < workers || told.some(({ invalid }) => invalid.length > 0)) count += 1;
  }
  return count;
}

function merged(deltas: readonly SecondDelta[], kind: "delivery" | "ack"): Latencies {
  const latencies = new Latencies();
  for (const { invalid, latencies: taken } of deltas) if (invalid.length === 0) latencies.merge(taken[kind]);
  return latencies;
}

function hardest(deltas: readonly SecondDelta[]): Effort {
  const most = (of: (effort: Effort) => number): number =>
    Math.max(0, ...deltas.map(({ effort }) => of(effort)));
  return {
    cpu: most(({ cpu }) => cpu),
    loopDelayP99Ms: most(({ loopDelayP99Ms }) => loopDelayP99Ms),
    loopDelayMaxMs: most(({ loopDelayMaxMs }) => loopDelayMaxMs),
    sendLagMaxMs: most(({ sendLagMaxMs }) => sendLagMaxMs),
  };
}
