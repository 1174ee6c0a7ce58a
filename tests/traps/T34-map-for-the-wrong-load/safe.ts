import type { Measured } from "../trap.ts";
import { costOf, type CountedMap, LOADS, PlainMap } from "./maps.ts";

/** One thread, one owner, a plain map. */
export async function run(chosen: (map: CountedMap) => CountedMap = (map) => map): Promise<Measured> {
  const viewers = chosen(new PlainMap());
  return { what: "operations an access", meant: 1, got: Math.round(await costOf(viewers, LOADS[0])) };
}
