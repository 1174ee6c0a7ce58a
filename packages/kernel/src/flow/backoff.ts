import { InvalidArgumentError } from "../errors.ts";

/** How long to wait between attempts. */
export interface BackoffOptions {
  /** Longest first wait, ms. */
  readonly base?: number;
  /** Growth from one wait to the next; 2, or 3 with decorrelated jitter, unless given. */
  readonly factor?: number;
  /** No wait is longer, except for what an error asks for, ms. */
  readonly max?: number;
  /**
   * `full`: anything from 0 to the exponential wait. `decorrelated`: from `base` to `factor` times the wait before.
   * `none`: the exponential wait itself, for a single caller only: many in step would come back in step.
   */
  readonly jitter?: "full" | "decorrelated" | "none";
  /** From 0 up to, not including, 1. */
  readonly random?: () => number;
}

// First wait and ceiling, ms. A local service recovers within tenths of a second; beyond half a minute a person
// watching would rather be told.
const BASE_MS = 100;
const MAX_MS = 30_000;

/** The waits of one series of attempts. */
export class Backoff {
  private readonly base: number;
  private readonly factor: number;
  private readonly max: number;
  private readonly jitter: "full" | "decorrelated" | "none";
  private readonly random: () => number;
  private ceiling: number;

  constructor(options: BackoffOptions) {
    this.jitter = options.jitter ?? "full";
    this.base = atLeast("base", 0, options.base ?? BASE_MS);
    this.factor = atLeast("factor", 1, options.factor ?? (this.jitter === "decorrelated" ? 3 : 2));
    this.max = atLeast("max", this.base, options.max ?? Math.max(MAX_MS, this.base));
    this.random = options.random ?? Math.random;
    this.ceiling = this.base;
  }

  /** The next wait, ms. */
  next(): number {
    const { jitter, ceiling } = this;
    if (jitter === "decorrelated") {
      const reach = Math.min(this.max, ceiling * this.factor);
      return (this.ceiling = this.base + this.random() * (reach - this.base));
    }
    this.ceiling = Math.min(this.max, ceiling * this.factor);
    return jitter === "none" ? ceiling : this.random() * ceiling;
  }
}

function atLeast(name: string, least: number, value: number): number {
  if (value >= least && Number.isFinite(value)) return value;
  throw new InvalidArgumentError(name, `a finite number of ${least} or more`, value);
}
