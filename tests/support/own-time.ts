import { readdirSync } from "node:fs";
import { familyOf, procText } from "./process-family.ts";

const NS_PER_MS = 1e6;

interface Turns {
  /** On a core, ms. */
  readonly ran: number;
  /** Ready while others had the cores, ms. */
  readonly waited: number;
}

/** Of all threads of these processes. */
function turnsOf(pids: readonly number[]): Turns {
  let [ran, waited] = [0, 0];
  for (const pid of pids) {
    for (const thread of threadsOf(pid)) {
      // ns on a core, ns ready without one, turns
      const [run = 0, wait = 0] = (procText(`${pid}/task/${thread}/schedstat`) ?? "").split(" ").map(Number);
      ran += run / NS_PER_MS;
      waited += wait / NS_PER_MS;
    }
  }
  return { ran, waited };
}

function threadsOf(pid: number): readonly string[] {
  try {
    return readdirSync(`/proc/${pid}/task`);
  } catch {
    // ENOENT: it has ended, or this system has no /proc.
    return [];
  }
}

/** What a start took, ms. */
export interface StartTime {
  readonly byClock: number;
  /** The same without all the time in which a thread of it, or of this process, stood ready and others had the cores. */
  readonly own: number;
  /** Processor time of all its threads. */
  readonly processor: number;
}

/**
 * Times the start of a process, from now, for a bound that holds on a busy machine too: `own` is the clock's time where
 * the machine is free and says nothing where it is full, `processor` is much the same on both. On a system that does not
 * tell, `own` is the clock's.
 */
export function timeStart(): (pid: number) => StartTime {
  const startedAt = performance.now();
  const before = turnsOf([process.pid]).waited;
  return (pid) => {
    const byClock = performance.now() - startedAt;
    const { ran, waited } = turnsOf(process.platform === "linux" ? familyOf(pid) : []);
    const waitedHere = turnsOf([process.pid]).waited - before;
    return { byClock, own: Math.max(0, byClock - waited - waitedHere), processor: ran };
  };
}

export const showStart = ({ byClock, own, processor }: StartTime): string =>
  `${Math.round(byClock)} ms, ${Math.round(own)} ms of its own, ${Math.round(processor)} ms of processor time`;
