import { familyOf, procText, statFields } from "../../tests/support/process-family.ts";

/** Clock ticks per second of /proc on Linux, whatever the kernel's own tick. */
const TICKS_PER_SECOND = 100;

/** What /proc knows of a process and all that it started. */
export interface ProcessFigures {
  /** All threads of all its processes, those that have ended too. */
  readonly cpuSeconds: number;
  /** Resident now, bytes. */
  readonly residentBytes: number;
  /** The most that was resident at once, bytes; of several processes the sum of each one's. */
  readonly peakBytes: number;
  /** Calls of write(2) and its kin, on whatever: sockets, files, pipes. */
  readonly writes: number;
  /** Bytes taken by read(2) and its kin, from whatever. */
  readonly bytesRead: number;
  /** Where several servers are looked at together: CPU seconds of each, by its name. */
  readonly cpuOf?: Readonly<Record<string, number>>;
}

function cpuSecondsOf(pid: number): number {
  const fields = statFields(pid) ?? [];
  // utime, stime and the same of children that have ended
  return [11, 12, 13, 14].reduce((sum, each) => sum + Number(fields[each] ?? 0), 0) / TICKS_PER_SECOND;
}

const field = (text: string, name: string): number =>
  Number(new RegExp(String.raw`^${name}:\s+(\d+)`, "m").exec(text)?.[1] ?? 0);
const KIB = 1_024;

/** Figures of servers as of one, with the CPU of each. Cost: that of `figuresOf` for each. */
export function figuresOfAll(all: Readonly<Record<string, ProcessFigures>>): ProcessFigures {
  const sum = (of: (figures: ProcessFigures) => number): number =>
    Object.values(all).reduce((total, figures) => total + of(figures), 0);
  return {
    cpuSeconds: sum(({ cpuSeconds }) => cpuSeconds),
    residentBytes: sum(({ residentBytes }) => residentBytes),
    peakBytes: sum(({ peakBytes }) => peakBytes),
    writes: sum(({ writes }) => writes),
    bytesRead: sum(({ bytesRead }) => bytesRead),
    cpuOf: Object.fromEntries(Object.entries(all).map(([name, { cpuSeconds }]) => [name, cpuSeconds])),
  };
}

/** Figures of this process and its descendants, added up. Cost: reads all of /proc, a few ms. */
export function figuresOf(root: number): ProcessFigures {
  let [cpuSeconds, residentBytes, peakBytes, writes, bytesRead] = [0, 0, 0, 0, 0];
  for (const pid of familyOf(root)) {
    cpuSeconds += cpuSecondsOf(pid);
    const status = procText(`${pid}/status`) ?? "";
    residentBytes += field(status, "VmRSS") * KIB;
    peakBytes += field(status, "VmHWM") * KIB;
    const io = procText(`${pid}/io`) ?? "";
    writes += field(io, "syscw");
    bytesRead += field(io, "rchar");
  }
  return { cpuSeconds, residentBytes, peakBytes, writes, bytesRead };
}

/** CPU seconds that the machine's cores were busy since it started. */
export function busySeconds(): number {
  const [, ...ticks] = procText("stat")?.split("\n", 1)[0]?.split(/\s+/) ?? [];
  const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0, steal = 0] = ticks.map(Number);
  return (user + nice + system + irq + softirq + steal) / TICKS_PER_SECOND;
}
