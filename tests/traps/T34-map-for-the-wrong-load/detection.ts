import type { Detect } from "../trap.ts";
import { callerLine, fileOf } from "../tools/program.ts";
import { costOf, type CountedMap, LOADS, PlainMap } from "./maps.ts";
import { run as reproduction } from "./reproduction.ts";
import { run as safe } from "./safe.ts";

const programs = { reproduction, safe };

/** The benchmark, run for the program's own load: what its map costs beside a plain one. */
export const detect: Detect = async (subject) => {
  const file = fileOf(import.meta.url, subject);
  const [load] = LOADS;
  const plain = await costOf(new PlainMap(), load);
  const chosen: { map: CountedMap; line: number }[] = [];
  await programs[subject]((map) => {
    chosen.push({ map, line: callerLine(file) });
    return map;
  });
  return chosen.flatMap(({ map, line }) => {
    const times = map.operations / (load.writes + load.reads) / plain;
    return times < 2
      ? []
      : [{ tool: "benchmark table", guilty: `${Math.round(times)} times a plain Map`, line }];
  });
};
