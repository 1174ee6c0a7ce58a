import type { Measured } from "../trap.ts";
import { CopyOnWriteMap, costOf, type CountedMap, LOADS } from "./maps.ts";

/** Viewers in a map that was made for reading. */
export async function run(chosen: (map: CountedMap) => CountedMap = (map) => map): Promise<Measured> {
  const viewers = chosen(new CopyOnWriteMap()); // guilty
  return { what: "operations an access", meant: 1, got: Math.round(await costOf(viewers, LOADS[0])) };
}
