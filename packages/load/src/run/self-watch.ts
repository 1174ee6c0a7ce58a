import { monitorEventLoopDelay } from "node:perf_hooks";
import type { Effort } from "./second.ts";

/** Own delay, ms, above which a second says more of the generator than of the server. Moved by the latencies looked for: ~10 ms and up. */
export const LOOP_DELAY_P99_LIMIT_MS = 20;
export const SEND_LAG_LIMIT_MS = 50;
/** Share of a core. At a whole one, events wait for the generator. */
export const CPU_LIMIT = 0.95;
const TIMER_MS = 1;

/** Why a second with this effort is no measure of the server; empty when it is one. */
export function reasonsAgainst({ cpu, loopDelayP99Ms, sendLagMaxMs }: Effort): readonly string[] {
  const reasons: string[] = [];
  if (cpu > CPU_LIMIT) reasons.push("cpu");
  if (loopDelayP99Ms > LOOP_DELAY_P99_LIMIT_MS) reasons.push("event loop");
  if (sendLagMaxMs > SEND_LAG_LIMIT_MS) reasons.push("send lag");
  return reasons;
}

/** Meters the generator's own process. Shape: dispose it to stop. */
export class SelfWatch implements Disposable {
  readonly #delay = monitorEventLoopDelay({ resolution: TIMER_MS });
  #since: number;
  #cpu = process.cpuUsage();

  constructor(now: number) {
    this.#since = now;
    this.#delay.enable();
  }

  /** Effort since the last `take`. Units: `now` in ms. */
  take(now: number, sendLagMaxMs: number): Effort {
    const seconds = Math.max(1e-3, (now - this.#since) / 1_000);
    const { user, system } = process.cpuUsage(this.#cpu);
    const delayMs = (nanoseconds: number): number =>
      Number.isFinite(nanoseconds) ? Math.max(0, nanoseconds / 1e6 - TIMER_MS) : 0;
    const effort: Effort = {
      cpu: (user + system) / 1e6 / seconds,
      loopDelayP99Ms: delayMs(this.#delay.percentile(99)),
      loopDelayMaxMs: delayMs(this.#delay.max),
      sendLagMaxMs,
    };
    this.#since = now;
    this.#cpu = process.cpuUsage();
    this.#delay.reset();
    return effort;
  }

  [Symbol.dispose](): void {
    this.#delay.disable();
  }
}
