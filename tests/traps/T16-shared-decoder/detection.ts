import { RaceDetector } from "@barrage/kernel-node/race";
import type { Detect, Finding } from "../trap.ts";
import { fileOf, lineIn } from "../tools/program.ts";
import { run as reproduction } from "./reproduction.ts";
import { run as safe } from "./safe.ts";

const programs = { reproduction, safe };

/** The race detector over every decoder of the program. */
export const detect: Detect = async (subject) => {
  const file = fileOf(import.meta.url, subject);
  using detector = new RaceDetector();
  await programs[subject]((object) => detector.watch(object, "decoder"));
  return detector.races.map(({ object, property, accesses: [, later] }): Finding => {
    const line = lineIn(later.stack.join("\n"), file);
    return { tool: "race detector", guilty: `${later.task}: lost update of ${object}.${property}`, line };
  });
};
