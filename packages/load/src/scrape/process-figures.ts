import { readdirSync, readFileSync, readlinkSync } from "node:fs";

/** Clock ticks per second of /proc on Linux, whatever the kernel's own tick. */
const TICKS_PER_SECOND = 100;
const KIBIBYTE = 1_024;

/** What the system says of some processes together. */
export interface ProcessFigures {
  readonly cpuSeconds: number;
  readonly residentBytes: number;
}

/** A process that has ended, or of another user: nothing can be read of it. */
function readOrNothing<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    // ENOENT, ESRCH, EACCES: it is gone or not ours, and counts nothing.
    return undefined;
  }
}

const textOf = (file: string): string | undefined => readOrNothing(() => readFileSync(file, "utf8"));

interface Process {
  readonly pid: number;
  readonly parent: number;
  readonly cpuSeconds: number;
}

function processOf(pid: number): Process | undefined {
  const stat = textOf(`/proc/${pid}/stat`);
  // After the program's name, which may hold spaces and brackets: state, ppid, ... utime, stime.
  const fields = stat?.slice(stat.lastIndexOf(")") + 2).split(" ");
  if (fields === undefined) return undefined;
  const ticks = Number(fields[11]) + Number(fields[12]);
  return { pid, parent: Number(fields[1]), cpuSeconds: ticks / TICKS_PER_SECOND };
}

const pids = (): readonly number[] =>
  (readOrNothing(() => readdirSync("/proc")) ?? []).filter((name) => /^\d+$/.test(name)).map(Number);

const residentOf = (pid: number): number =>
  Number(/^VmRSS:\s+(\d+) kB$/m.exec(textOf(`/proc/${pid}/status`) ?? "")?.[1] ?? 0) * KIBIBYTE;

/** What these processes and all that they started use; undefined where none of them is there (or no Linux). */
export function processFigures(roots: readonly number[]): ProcessFigures | undefined {
  const all = pids().flatMap((pid) => processOf(pid) ?? []);
  const own = new Map(all.filter(({ pid }) => roots.includes(pid)).map((each) => [each.pid, each]));
  if (own.size === 0) return undefined;
  // A child's number may be below its parent's: look again until nobody is new.
  for (let before = 0; before < own.size;) {
    before = own.size;
    for (const each of all) if (own.has(each.parent)) own.set(each.pid, each);
  }
  const found = [...own.values()];
  return {
    cpuSeconds: found.reduce((sum, { cpuSeconds }) => sum + cpuSeconds, 0),
    residentBytes: found.reduce((sum, { pid }) => sum + residentOf(pid), 0),
  };
}

/** Inodes of sockets that listen on the port, from /proc/net/tcp and tcp6. */
function listeningInodes(port: number): ReadonlySet<string> {
  const wanted = `:${port.toString(16).toUpperCase().padStart(4, "0")}`;
  const LISTEN = "0A";
  const lines = ["tcp", "tcp6"].flatMap((table) => (textOf(`/proc/net/${table}`) ?? "").split("\n"));
  return new Set(
    lines.flatMap((line) => {
      const [, local = "", , state, , , , , , inode] = line.trim().split(/\s+/);
      return state === LISTEN && local.endsWith(wanted) && inode !== undefined ? [inode] : [];
    }),
  );
}

/** Processes of this machine and user that listen on the port; none where they cannot be seen. */
export function listeningProcesses(port: number): readonly number[] {
  const inodes = listeningInodes(port);
  if (inodes.size === 0) return [];
  return pids().filter((pid) =>
    (readOrNothing(() => readdirSync(`/proc/${pid}/fd`)) ?? []).some((fd) => {
      const inode = /^socket:\[(\d+)\]$/.exec(
        readOrNothing(() => readlinkSync(`/proc/${pid}/fd/${fd}`)) ?? "",
      );
      return inode?.[1] !== undefined && inodes.has(inode[1]);
    }),
  );
}
