import type { Detect } from "../trap.ts";
import { callerLine, fileOf } from "../tools/program.ts";
import { run as reproduction } from "./reproduction.ts";
import { run as safe } from "./safe.ts";
import { SteppingClock } from "./stepping-clock.ts";

const programs = { reproduction, safe };

/** The drift gauge: wall time against monotonic time at each reading of the wall clock, by who reads. */
class GaugedClock extends SteppingClock {
  readonly drifts = new Map<number, number>();
  readonly #file: string;
  #apart: number | undefined;

  constructor(file: string) {
    super();
    this.#file = file;
  }

  override wall(): number {
    const wall = super.wall();
    const apart = wall - this.now();
    this.#apart ??= apart;
    if (apart !== this.#apart) this.drifts.set(callerLine(this.#file), apart - this.#apart);
    return wall;
  }
}

export const detect: Detect = async (subject) => {
  const clock = new GaugedClock(fileOf(import.meta.url, subject));
  await programs[subject](clock);
  return [...clock.drifts].map(([line, ms]) => ({
    tool: "drift gauge",
    guilty: `a span off by ${ms} ms`,
    line,
  }));
};
