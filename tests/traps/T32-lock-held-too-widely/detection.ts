import { creationStacks, profile, type TaskGroup, waitCycles } from "@barrage/kernel/diagnostics";
import type { Detect } from "../trap.ts";
import { groupFindings, whileRunning } from "../tools/groups.ts";
import { fileOf } from "../tools/program.ts";
import { run as reproduction } from "./reproduction.ts";
import { run as safe } from "./safe.ts";

const programs = { reproduction, safe };

// Tasks that may stand in line for one lock (a count): a critical section of a few lines never has as many.
const IN_LINE = 4;

/** The report of wait-for cycles between locks, in a process that goes on, and the line in front of each lock. */
export const detect: Detect = async (subject) => {
  creationStacks("full");
  const file = fileOf(import.meta.url, subject);
  const inCycles = new Set<string>();
  const suspects = (): readonly TaskGroup[] => {
    for (const { task } of waitCycles().flat()) inCycles.add(task);
    return profile().filter(
      (group) =>
        inCycles.has(nameOf(group)) || (group.waiting.startsWith("acquire ") && group.count > IN_LINE),
    );
  };
  const groups = await whileRunning(programs[subject], suspects);
  return [
    ...groupFindings(
      "wait-for cycle",
      file,
      groups.filter((group) => inCycles.has(nameOf(group))),
    ),
    ...groupFindings(
      "lock queue",
      file,
      groups.filter((group) => !inCycles.has(nameOf(group))),
    ),
  ];
};

const nameOf = ({ labels }: TaskGroup): string => `${labels["scope"] ?? ""}/${labels["task"] ?? ""}`;
