import { liveTasks, type TaskInfo } from "@barrage/kernel";

// Turns of the event loop a task may take to end after the body has (a count): tasks that were told to stop have
// no more than clean-up left, and a fixed number keeps the check free of real time.
const GRACE_TURNS = 20;

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

function startedSince(before: ReadonlySet<number>): readonly TaskInfo[] {
  return liveTasks().filter((task) => !before.has(task.id));
}

function line(task: TaskInfo): string {
  return `${task.scope}/${task.name}: ${task.waiting ?? task.state}`;
}

/**
 * Runs `body` and throws when a kernel task that started meanwhile is still alive after it.
 *
 * Shape      not for bodies that run at the same time in one process: a task counts for all who are running then.
 * Errors     an Error that names each task left over and what it waits for; the body's own error comes first.
 */
export async function withNoLeakedTasks<T>(body: () => T | PromiseLike<T>): Promise<T> {
  const before = new Set(liveTasks().map((task) => task.id));
  const result = await body();
  for (let left = GRACE_TURNS; left > 0 && startedSince(before).length > 0; left--) await turn();
  const leaked = startedSince(before);
  if (leaked.length > 0) {
    throw new Error(`${leaked.length} task(s) outlived the body:\n${leaked.map(line).join("\n")}`);
  }
  return result;
}
