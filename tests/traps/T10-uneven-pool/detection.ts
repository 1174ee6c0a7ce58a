import type { Detect, Finding } from "../trap.ts";
import { callerLine, fileOf } from "../tools/program.ts";
import { run as reproduction } from "./reproduction.ts";
import { run as safe } from "./safe.ts";

const programs = { reproduction, safe };

interface Counts {
  given: number;
  done: number;
}

/** The pool's gauges: jobs given to a worker and not done by anybody, and the line that gave them. */
export const detect: Detect = async (subject) => {
  const file = fileOf(import.meta.url, subject);
  const workers = new Map<string, Counts>();
  let line = 0;
  const of = (worker: string): Counts => {
    const counts = workers.get(worker) ?? { given: 0, done: 0 };
    workers.set(worker, counts);
    return counts;
  };
  await programs[subject]({
    given(worker) {
      line = callerLine(file);
      of(worker).given += 1;
    },
    done: (worker) => void (of(worker).done += 1),
  });
  return [...workers]
    .filter(([, { given, done }]) => done < given)
    .map(([worker, { given, done }]): Finding => {
      return { tool: "pool gauges", guilty: `${worker}: ${given} given, ${done} done`, line };
    });
};
