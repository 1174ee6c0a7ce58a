import { isCancelled } from "@barrage/kernel";

/** Calls under way at once: of ten thousand rooms, none waits for the slowest node. */
const CALLS_AT_ONCE = 256;

/**
 * One call for each, many of them under way at once.
 *
 * Errors     the first failure, once all were called and have ended: one node's rooms do not cost the others theirs, and
 *            none goes on behind the caller's back. A cancelled call is the last.
 */
export async function callForEach<T>(all: Iterable<T>, call: (one: T) => Promise<unknown>): Promise<void> {
  const failures: unknown[] = [];
  let calls: Promise<unknown>[] = [];
  for (const one of all) {
    calls.push(call(one));
    if (calls.length < CALLS_AT_ONCE) continue;
    failures.push(...(await failuresOf(calls)));
    if (failures.some(isCancelled)) break;
    failures.length = Math.min(failures.length, 1);
    calls = [];
  }
  failures.push(...(await failuresOf(calls)));
  if (failures.length > 0) throw failures[0];
}

async function failuresOf(calls: readonly Promise<unknown>[]): Promise<readonly unknown[]> {
  const ended = await Promise.allSettled(calls);
  return ended.flatMap((end) => (end.status === "rejected" ? [end.reason as unknown] : []));
}
