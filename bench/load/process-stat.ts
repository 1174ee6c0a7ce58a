import { readdirSync, readFileSync } from "node:fs";

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
}

interface Stat {
  readonly parent: number;
  readonly cpuSeconds: number;
}

function statOf(pid: number): Stat | undefined {
  const stat = textOf(`/proc/${pid}/stat`);
  if (stat === undefined) return undefined;
  // After the program's name, which may hold spaces and brackets: state, ppid, ...
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const ticks = [11, 12, 13, 14].reduce((sum, field) => sum + Number(fields[field]), 0);
  return { parent: Number(fields[1]), cpuSeconds: ticks / TICKS_PER_SECOND };
}

/** undefined for a process that has ended meanwhile. */
function textOf(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch {
    // ENOENT or ESRCH: it is gone, and so it counts nothing.
    return undefined;
  }
}

function familyOf(root: number): readonly number[] {
  const children = new Map<number, number[]>();
  for (const name of readdirSync("/proc")) {
    const pid = Number(name);
    const parent = Number.isInteger(pid) ? statOf(pid)?.parent : undefined;
    if (parent !== undefined) children.set(parent, [...(children.get(parent) ?? []), pid]);
  }
  const family = [root];
  for (const pid of family) family.push(...(children.get(pid) ?? []));
  return family;
}

const field = (text: string, name: string): number =>
  Number(new RegExp(String.raw`^${name}:\s+(\d+)`, "m").exec(text)?.[1] ?? 0);
const KIB = 1_024;

/** Figures of this process and its descendants, added up. Cost: reads all of /proc, a few ms. */
export function figuresOf(root: number): ProcessFigures {
  let [cpuSeconds, residentBytes, peakBytes, writes, bytesRead] = [0, 0, 0, 0, 0];
  for (const pid of familyOf(root)) {
    cpuSeconds += statOf(pid)?.cpuSeconds ?? 0;
    const status = textOf(`/proc/${pid}/status`) ?? "";
    residentBytes += field(status, "VmRSS") * KIB;
    peakBytes += field(status, "VmHWM") * KIB;
    const io = textOf(`/proc/${pid}/io`) ?? "";
    writes += field(io, "syscw");
    bytesRead += field(io, "rchar");
  }
  return { cpuSeconds, residentBytes, peakBytes, writes, bytesRead };
}

/** CPU seconds that the machine's cores were busy since it started. */
export function busySeconds(): number {
  const [, ...ticks] = readFileSync("/proc/stat", "utf8").split("\n", 1)[0]?.split(/\s+/) ?? [];
  const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0, steal = 0] = ticks.map(Number);
  return (user + nice + system + irq + softirq + steal) / TICKS_PER_SECOND;
}
