import { readFileSync } from "node:fs";

/** What the scheduler has given a process's main thread, which is its event loop, since it began, ms. */
export interface CpuTimes {
  readonly runMs: number;
  /** On the run queue: it could have gone on, and others had the processors. */
  readonly waitMs: number;
}

/** Undefined where the system does not tell, or the process is no more. */
export type CpuTimesReader = (pid: number) => CpuTimes | undefined;

const NS_PER_MS = 1e6;
/** Run time and time on the run queue, ns, and the number of turns. */
const SCHEDSTAT = /^(\d+) (\d+) \d+$/;

/** The content of `/proc/<pid>/schedstat`; zeros of a kernel that does not count are no times. */
export function parseSchedstat(text: string): CpuTimes | undefined {
  const [, run, wait] = SCHEDSTAT.exec(text.trim()) ?? [];
  if (run === undefined || wait === undefined || Number(run) === 0) return undefined;
  return { runMs: Number(run) / NS_PER_MS, waitMs: Number(wait) / NS_PER_MS };
}

/** As Linux tells it. Cost: a read of a file that is in memory. */
export const readCpuTimes: CpuTimesReader = (pid) => {
  try {
    return parseSchedstat(readFileSync(`/proc/${pid}/schedstat`, "utf8"));
  } catch {
    // Another system, or a process that has just ended: either is for the caller as if nothing were known.
    return undefined;
  }
};
