import type { ServerConfig } from "../config/schema.ts";

type Workers = ServerConfig["workers"];

/** One processor is left for the owner of log and rooms. */
const automatic = (parallelism: number): number => Math.max(1, parallelism - 1);

/** What `workers.count` stands for; 1 where there are no workers. */
const counted = ({ count }: Workers, parallelism: number): number =>
  count === "auto" ? automatic(parallelism) : Math.max(1, Number(count ?? 1));

/** Between how many workers a decision may choose. */
export function boundsOf(
  workers: Workers,
  parallelism: number,
): { readonly min: number; readonly max: number } {
  const standard = counted(workers, parallelism);
  const min = workers.min ?? (workers.count === "auto" ? 1 : standard);
  return { min, max: Math.max(min, workers.max ?? standard) };
}

/** Workers at the start. */
export function firstCount(workers: Workers, parallelism: number): number {
  const { min, max } = boundsOf(workers, parallelism);
  return Math.min(max, Math.max(min, counted(workers, parallelism)));
}
