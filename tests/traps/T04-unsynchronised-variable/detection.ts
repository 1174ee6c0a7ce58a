import { type RaceAccess, RaceDetector } from "@barrage/kernel-node/race";
import type { Detect, Finding } from "../trap.ts";
import { fileOf, lineIn } from "../tools/program.ts";
import { inThreads } from "../tools/threads.ts";
import { run as reproduction } from "./reproduction.ts";
import { run as safe } from "./safe.ts";

const programs = { reproduction, safe };

/** The race detector: for lost updates across `await`, and for plain accesses of memory that threads share. */
export const detect: Detect = async (subject) => {
  const file = fileOf(import.meta.url, subject);
  using detector = new RaceDetector();
  await programs[subject]((object) => detector.watch(object, "account"));
  const findings = detector.races.map(({ object, property, accesses: [, later] }): Finding => {
    const line = lineIn(later.stack.join("\n"), file);
    return { tool: "race detector", guilty: `${taskOf(later)}: lost update of ${object}.${property}`, line };
  });
  const { races, results } = await inThreads(file, { times: 1, watched: true });
  const lines = new Set(results.map(({ line }) => line));
  const shared = [...lines].map((line) => ({
    tool: "race detector",
    guilty: "plain write, two threads",
    line,
  }));
  return [...findings, ...(races > 0 ? shared : [])];
};

/** A task's name without its number, which differs from run to run. */
const taskOf = ({ task }: RaceAccess): string => task.replace(/ #\d+$/, "");
