import type { ServerConfig } from "../config/schema.ts";
import type { Logger } from "../telemetry/logger.ts";
import { decide, initialDecide } from "./decide.ts";
import type { Decision, DecidePolicy, DecideState, Reading } from "./decide.ts";
import { LoadWindow } from "./load-window.ts";
import type { LoadSample } from "./load-window.ts";
import { boundsOf } from "./worker-count.ts";

/** The last decision and what it was made on. */
export interface Decided {
  readonly decision: Decision;
  readonly reading: Reading;
}

/** Looks at the reports and decides, says each decision and counts it. */
export class Scaler {
  private policy: DecidePolicy;
  private readonly window: LoadWindow;
  private state: DecideState;
  private decided: Decided | undefined;
  private readonly log: Logger;
  private readonly parallelism: number;
  private readonly counts = new Map<string, number>();

  constructor(workers: ServerConfig["workers"], options: { log: Logger; parallelism: number; now: number }) {
    this.log = options.log;
    this.parallelism = options.parallelism;
    this.policy = { ...workers.scale, ...boundsOf(workers, options.parallelism) };
    this.window = new LoadWindow(workers.scale.windowMs, options.now);
    this.state = initialDecide(this.policy);
  }

  /** The policy of another reading of the configuration. */
  adopt(workers: ServerConfig["workers"], now: number): void {
    this.policy = { ...workers.scale, ...boundsOf(workers, this.parallelism) };
    this.window.resize(workers.scale.windowMs, now);
  }

  get bounds(): { readonly min: number; readonly max: number } {
    return this.policy;
  }

  get last(): Decided | undefined {
    return this.decided;
  }

  /** Decisions so far, by decision and reason. */
  *decisions(): Generator<{ readonly decision: string; readonly reason: string; readonly count: number }> {
    for (const [key, count] of this.counts) {
      const [decision = "", reason = ""] = key.split(" ");
      yield { decision, reason, count };
    }
  }

  report(generation: number, sample: LoadSample, now: number): void {
    this.window.add(generation, sample, now);
  }

  forget(generation: number): void {
    this.window.forget(generation);
  }

  /** How many workers there should be. */
  look(now: number, { workers, healthy }: Pick<Reading, "workers" | "healthy">): number {
    const reading = { ...this.window.figures(now), now, workers, healthy };
    const { decision, state } = decide(this.policy, this.state, reading);
    this.state = state;
    const key = `${decision.action} ${decision.reason}`;
    this.counts.set(key, (this.counts.get(key) ?? 0) + 1);
    this.say({ decision, reading });
    this.decided = { decision, reading };
    if (decision.change !== 0) this.window.restart(now);
    return workers + decision.change;
  }

  /** Each one is logged; what says the same as the one before, less loudly. */
  private say({ decision, reading }: Decided): void {
    const { queue, longestQueue, cpu, coveredMs, workers, healthy } = reading;
    const { min, max } = this.policy;
    const inputs = { workers, healthy, queue, longestQueue, cpu, coveredMs, min, max };
    const isNew = decision.action !== "stay" || decision.reason !== this.decided?.decision.reason;
    const line = { ...decision, ...inputs };
    if (isNew) this.log.info(line, "how many workers there should be");
    else this.log.debug(line, "how many workers there should be");
  }
}
