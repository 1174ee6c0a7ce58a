import { readFileSync } from "node:fs";
import { monitorEventLoopDelay } from "node:perf_hooks";
import type { BenchServer } from "./server-process.ts";

/** What measuring itself cost: a generator near one whole core measures itself. */
export interface Effort {
  /** Share of one core, 1 = a whole one. */
  readonly generatorCpu: number;
  readonly serverCpu: number;
  /** Delay of the generator's event loop beyond its 1 ms timer, ms. */
  readonly loopDelayP99Ms: number;
  readonly loopDelayMaxMs: number;
  readonly serverResidentMb: number;
  /** What every other process of the machine took, in cores: a run on a busy machine measures the others. */
  readonly othersCpu: number;
}

const TIMER_MS = 1;
/** Clock ticks per second of /proc on Linux, whatever the kernel's own tick. */
const TICKS_PER_SECOND = 100;

/** CPU seconds that the machine's cores were busy since it started. */
function busySeconds(): number {
  const [, ...ticks] = readFileSync("/proc/stat", "utf8").split("\n", 1)[0]?.split(/\s+/) ?? [];
  const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0, steal = 0] = ticks.map(Number);
  return (user + nice + system + irq + softirq + steal) / TICKS_PER_SECOND;
}

/** Meters the time between its making and `stop`. */
export class EffortMeter {
  readonly #server: BenchServer;
  readonly #startedAt = performance.now();
  readonly #cpu = process.cpuUsage();
  readonly #serverCpu: number;
  readonly #busy = busySeconds();
  readonly #delay = monitorEventLoopDelay({ resolution: TIMER_MS });

  constructor(server: BenchServer) {
    this.#server = server;
    this.#serverCpu = server.cpuSeconds();
    this.#delay.enable();
  }

  stop(): Effort {
    const seconds = (performance.now() - this.#startedAt) / 1_000;
    const { user, system } = process.cpuUsage(this.#cpu);
    this.#delay.disable();
    const delayMs = (nanoseconds: number): number => Math.max(0, nanoseconds / 1e6 - TIMER_MS);
    const generatorCpu = (user + system) / 1e6 / seconds;
    const serverCpu = (this.#server.cpuSeconds() - this.#serverCpu) / seconds;
    return {
      generatorCpu,
      serverCpu,
      othersCpu: Math.max(0, (busySeconds() - this.#busy) / seconds - generatorCpu - serverCpu),
      loopDelayP99Ms: delayMs(this.#delay.percentile(99)),
      loopDelayMaxMs: delayMs(this.#delay.max),
      serverResidentMb: this.#server.residentBytes() / 2 ** 20,
    };
  }
}

const percent = (share: number): string => `${Math.round(share * 100)} %`;

export const effortLine = (effort: Effort): string =>
  `generator: ${percent(effort.generatorCpu)} of a core, event-loop delay p99 ${effort.loopDelayP99Ms.toFixed(1)} ms, ` +
  `max ${effort.loopDelayMaxMs.toFixed(1)} ms; server: ${percent(effort.serverCpu)} of a core, ` +
  `${Math.round(effort.serverResidentMb)} MB; all other processes: ${percent(effort.othersCpu)} of a core`;
