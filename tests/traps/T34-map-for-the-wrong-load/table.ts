import { CopyOnWriteMap, costOf, LOADS, LockedMap, PlainMap, ShardedMap } from "./maps.ts";

const MAPS = {
  "plain Map": PlainMap,
  "sharded by owner": ShardedMap,
  "behind a Mutex": LockedMap,
  "copy on write": CopyOnWriteMap,
} as const;

export const head: readonly string[] = ["operations an access", ...LOADS.map(({ name }) => name)];

/** Counted, so the same everywhere and every time. */
export async function rows(): Promise<readonly (readonly string[])[]> {
  return Promise.all(
    Object.entries(MAPS).map(async ([name, Kind]) => {
      const costs = await Promise.all(LOADS.map((load) => costOf(new Kind(), load)));
      return [name, ...costs.map((cost) => cost.toFixed(1))];
    }),
  );
}
