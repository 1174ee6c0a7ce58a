import { loadError } from "../errors.ts";
import type { TimelineSecond } from "../report/timeline.ts";

/** Ends a run's sends when a figure has been on this side of the limit for so many seconds in a row. */
export interface StopCondition {
  readonly measure: StopMeasure;
  readonly sign: ">" | "<";
  readonly limit: number;
  readonly seconds: number;
}

/** What a run was ended by. */
export interface Stopped {
  readonly condition: StopCondition;
  /** The last of the seconds, and its figure. */
  readonly second: number;
  readonly value: number;
}

/** Seconds in a row unless the condition says so: one bad second is a garbage collection, three are a trend. */
const SECONDS_IN_A_ROW = 3;

/** Percent; what was refused in a second without sends was sent in an earlier one. */
const errorShare = ({ refused, published }: TimelineSecond): number | undefined =>
  published > 0 ? Math.min(100, (refused / published) * 100) : undefined;

/** Figures of one second that a condition may name; undefined where the second has none. */
const FIGURES = {
  errors: errorShare,
  refused: ({ refused }) => refused,
  p50: ({ delivered, p50 }) => (delivered > 0 ? p50 : undefined),
  p95: ({ delivered, p95 }) => (delivered > 0 ? p95 : undefined),
  p99: ({ delivered, p99 }) => (delivered > 0 ? p99 : undefined),
  max: ({ delivered, max }) => (delivered > 0 ? max : undefined),
  "ack.p99": ({ acked, ackP99 }) => (acked > 0 ? ackP99 : undefined),
  delivered: ({ delivered }) => delivered,
  connections: ({ connections }) => connections,
  invalid: ({ invalid }) => (invalid.length > 0 ? 1 : 0),
} as const satisfies Readonly<Record<string, (second: TimelineSecond) => number | undefined>>;

export type StopMeasure = keyof typeof FIGURES;

export const STOP_MEASURES = Object.keys(FIGURES) as readonly StopMeasure[];

const isMeasure = (name: string): name is StopMeasure => Object.hasOwn(FIGURES, name);

/** Reads `errors>5%`, `p99>500` or `connections<100 for 10s`. Units: latencies in ms, errors in percent. Errors: LOAD_BAD_CONDITION. */
export function parseStopCondition(text: string): StopCondition {
  const refuse = (what: string): Error => loadError("LOAD_BAD_CONDITION", { text, what });
  const found = /^([a-z][a-z0-9.]*)\s*([<>])\s*(\d+(?:\.\d+)?)\s*(%?)(?:\s+for\s+(\d{1,4})\s*s)?$/.exec(
    text.trim(),
  );
  const [, measure = "", sign, limit, percent, seconds] = found ?? [];
  if (found === null)
    throw refuse("write a measure, < or >, and a number, as in errors>5% or p99>500 for 10s");
  if (!isMeasure(measure))
    throw refuse(`there is no measure ${measure} of a second, only ${STOP_MEASURES.join(", ")}`);
  if (percent === "%" && measure !== "errors") throw refuse("only errors is in percent");
  const inARow = seconds === undefined ? SECONDS_IN_A_ROW : Number(seconds);
  if (inARow < 1) throw refuse("it holds for 1 second or more");
  return { measure, sign: sign === "<" ? "<" : ">", limit: Number(limit), seconds: inARow };
}

/** Looks at each second of the sends and says when one condition has held long enough. */
export class StopWatch {
  readonly #conditions: readonly { readonly condition: StopCondition; row: number }[];
  #stopped: Stopped | undefined;

  constructor(conditions: readonly StopCondition[]) {
    this.#conditions = conditions.map((condition) => ({ condition, row: 0 }));
  }

  get stopped(): Stopped | undefined {
    return this.#stopped;
  }

  /** True once, with the second that fills a row. */
  look(second: TimelineSecond): boolean {
    if (second.second < 0 || this.#stopped !== undefined) return false;
    for (const each of this.#conditions) {
      const { measure, sign, limit, seconds } = each.condition;
      const value = FIGURES[measure](second);
      const isBeyond = value !== undefined && (sign === ">" ? value > limit : value < limit);
      each.row = isBeyond ? each.row + 1 : 0;
      if (value === undefined || each.row < seconds) continue;
      this.#stopped = { condition: each.condition, second: second.second, value };
      return true;
    }
    return false;
  }
}

export const conditionText = ({ measure, sign, limit, seconds }: StopCondition): string =>
  `${measure} ${sign} ${limit}${measure === "errors" ? " %" : ""} for ${seconds} s`;

export const stoppedText = ({ condition, second, value }: Stopped): string =>
  `stopped at second ${second}: ${conditionText(condition)} (${Math.round(value * 1_000) / 1_000})`;
