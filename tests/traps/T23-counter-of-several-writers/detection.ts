import type { Detect } from "../trap.ts";
import { fileOf } from "../tools/program.ts";
import { inThreads } from "../tools/threads.ts";

/** The race detector under the threads: ten counts are enough, lost or not. */
export const detect: Detect = async (subject) => {
  const { races, results } = await inThreads(fileOf(import.meta.url, subject), { times: 10, watched: true });
  if (races === 0) return [];
  const lines = new Set(results.map(({ line }) => line));
  return [...lines].map((line) => ({
    tool: "race detector",
    guilty: "plain read and write, two threads",
    line,
  }));
};
