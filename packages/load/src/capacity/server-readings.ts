import { availableParallelism } from "node:os";
import { sleep } from "@barrage/kernel";
import type { Clock, Context } from "@barrage/kernel";
import type { ReadServer, ServerReading } from "./server-reader.ts";
import type { ServerEffort } from "./step.ts";

interface Dated {
  /** Of the answer, ms of the context's clock. */
  readonly at: number;
  readonly reading: ServerReading;
}

/** Readings kept: over an hour of seconds. The oldest go first. */
const READINGS_MAX = 4_096;

const median = (values: readonly number[]): number | undefined =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];

const given = (
  readings: readonly Dated[],
  figure: keyof ServerReading,
): readonly { readonly at: number; readonly value: number }[] =>
  readings.flatMap(({ at, reading }) => {
    const value = reading[figure];
    return value === undefined ? [] : [{ at, value }];
  });

/**
 * By the second, from the last value before a span (a busy machine may leave a single one in it) to the last in it;
 * undefined where there are not two.
 */
function growth(values: ReturnType<typeof given>, from: number, to: number): number | undefined {
  const upTo = values.filter(({ at }) => at <= to);
  const [first, last] = [
    upTo[
      Math.max(
        0,
        upTo.findLastIndex(({ at }) => at < from),
      )
    ],
    upTo.at(-1),
  ];
  if (first === undefined || last === undefined || last.at <= first.at || last.at < from) return undefined;
  return (last.value - first.value) / ((last.at - first.at) / 1_000);
}

/** Reads a server again and again and says what it did in between. Shape: `run` until cancelled. */
export class ServerReadings {
  readonly #read: ReadServer;
  readonly #everyMs: number;
  readonly #clock: Clock;
  #readings: Dated[] = [];

  constructor(read: ReadServer, everyMs: number, clock: Clock) {
    this.#read = read;
    this.#everyMs = everyMs;
    this.#clock = clock;
  }

  async run(ctx: Context): Promise<void> {
    for (;;) {
      const reading = await this.#read(ctx);
      this.#readings.push({ at: this.#clock.now(), reading });
      if (this.#readings.length > READINGS_MAX) this.#readings.shift();
      await sleep(this.#everyMs, ctx);
    }
  }

  /** Connections and resident bytes, as read together. */
  get memory(): readonly (readonly [connections: number, bytes: number])[] {
    return this.#readings.flatMap(({ reading: { connections, residentBytes } }) =>
      connections === undefined || residentBytes === undefined ? [] : [[connections, residentBytes] as const],
    );
  }

  /** What the server did between two moments. Units: ms of the context's clock. */
  between(from: number, to: number): ServerEffort {
    const inside = this.#readings.filter(({ at }) => at >= from && at <= to);
    const cpu = growth(given(this.#readings, "cpuSeconds"), from, to);
    const busy = growth(given(this.#readings, "machineCpuSeconds"), from, to);
    const resident = given(inside, "residentBytes").at(-1)?.value;
    // The middle one: a single long collection of garbage in one second is no limit.
    const loopDelay = median(given(inside, "loopDelayP99Ms").map(({ value }) => value));
    const queues = given(inside, "logQueue").map(({ value }) => value);
    const windows = given(inside, "flushWindowMs").map(({ value }) => value);
    return {
      ...(cpu === undefined ? {} : { cpu }),
      ...(busy === undefined ? {} : { machine: { busy, cores: availableParallelism() } }),
      ...(resident === undefined ? {} : { residentBytes: resident }),
      ...(loopDelay === undefined ? {} : { loopDelayP99Ms: loopDelay }),
      ...(queues.length === 0 ? {} : { logQueue: Math.max(...queues) }),
      ...(windows.length === 0 ? {} : { flushWindowMs: Math.max(...windows) }),
    };
  }
}
