import { readFileSync } from "node:fs";

/** What the scheduler has given a process's main thread, which is its event loop, since it began, ms. */
export interface CpuTimes {
  readonly runMs: number;
  /** On the run queue: it could have gone on, and others had the processors. Without the wait that has not ended yet. */
  readonly waitMs: number;
  /** At this moment it runs, or waits for a processor. */
  readonly isRunnable: boolean;
}

/** Undefined where the system does not tell, or the process is no more. */
export type CpuTimesReader = (pid: number) => CpuTimes | undefined;

const NS_PER_MS = 1e6;
/** Run time and time on the run queue, ns, and the number of turns. */
const SCHEDSTAT = /^(\d+) (\d+) \d+$/;

/** A name may have brackets and spaces: the state follows the last one. */
const STATE = /\) (\S)[^)]*$/;

/** The contents of `/proc/<pid>/schedstat` and `stat`; zeros of a kernel that does not count are no times. */
export function parseCpuTimes(schedstat: string, stat: string): CpuTimes | undefined {
  const [, run, wait] = SCHEDSTAT.exec(schedstat.trim()) ?? [];
  if (run === undefined || wait === undefined || Number(run) === 0) return undefined;
  const isRunnable = STATE.exec(stat)?.[1] === "R";
  return { runMs: Number(run) / NS_PER_MS, waitMs: Number(wait) / NS_PER_MS, isRunnable };
}

/** As Linux tells it. Cost: reads of two files that are in memory. */
export const readCpuTimes: CpuTimesReader = (pid) => {
  try {
    const read = (name: string): string => readFileSync(`/proc/${pid}/${name}`, "utf8");
    return parseCpuTimes(read("schedstat"), read("stat"));
  } catch {
    // Another system, or a process that has just ended: either is for the caller as if nothing were known.
    return undefined;
  }
};
