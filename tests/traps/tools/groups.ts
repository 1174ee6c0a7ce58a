import type { TaskGroup } from "@barrage/kernel/diagnostics";
import type { Finding } from "../trap.ts";
import { lineIn } from "./program.ts";

/** Groups of tasks as findings: the task, what it waits for, and the line of the program that started it. */
export function groupFindings(tool: string, file: string, groups: readonly TaskGroup[]): readonly Finding[] {
  return groups.map(({ count, labels, waiting, stack }) => ({
    tool,
    guilty: `${count} ${labels["task"] ?? "?"} [${waiting}]`,
    line: lineIn(stack.join("\n"), file),
  }));
}

/**
 * Runs a program and asks `sample` once in each turn of the event loop, as a gauge that is read all the time would.
 * Of groups that were seen more than once, the largest counts.
 */
export async function whileRunning(
  program: () => Promise<unknown>,
  sample: () => readonly TaskGroup[],
): Promise<readonly TaskGroup[]> {
  const largest = new Map<string, TaskGroup>();
  let over = false;
  const running = program().finally(() => (over = true));
  while (!over) {
    for (const group of sample()) {
      const { task } = group.labels;
      const known = largest.get(String(task));
      if (known === undefined || known.count < group.count) largest.set(String(task), group);
    }
    await new Promise<void>((resolve) => setImmediate(resolve));
  }
  await running;
  return [...largest.values()];
}
