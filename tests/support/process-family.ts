import { readdirSync, readFileSync } from "node:fs";

/** Text of a file of /proc; undefined when its process has ended meanwhile, or the system has no such file. */
export function procText(file: string): string | undefined {
  try {
    return readFileSync(`/proc/${file}`, "utf8");
  } catch {
    // ENOENT or ESRCH: what is gone says nothing.
    return undefined;
  }
}

/** Fields of /proc/PID/stat after the program's name, which may hold spaces and brackets: state, ppid, ... */
export function statFields(pid: number): readonly string[] | undefined {
  const stat = procText(`${pid}/stat`);
  return stat?.slice(stat.lastIndexOf(")") + 2).split(" ");
}

/** A process and all that it started, as far as they live. Cost: reads all of /proc, a few ms. */
export function familyOf(root: number): readonly number[] {
  const children = new Map<number, number[]>();
  for (const name of readdirSync("/proc")) {
    const pid = Number(name);
    const parent = Number.isInteger(pid) ? statFields(pid)?.[1] : undefined;
    if (parent !== undefined) children.set(Number(parent), [...(children.get(Number(parent)) ?? []), pid]);
  }
  const family = [root];
  for (const pid of family) family.push(...(children.get(pid) ?? []));
  return family;
}
