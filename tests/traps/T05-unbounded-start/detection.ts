import { creationStacks, profile } from "@barrage/kernel/diagnostics";
import type { Detect } from "../trap.ts";
import { groupFindings, whileRunning } from "../tools/groups.ts";
import { fileOf } from "../tools/program.ts";
import { run as reproduction } from "./reproduction.ts";
import { run as safe } from "./safe.ts";

const programs = { reproduction, safe };
// Tasks one place may have alive (a count): eight are meant, an order of magnitude more is a mistake.
const TASKS_PER_PLACE = 80;

/** The gauge of live tasks by the place that starts them. */
export const detect: Detect = async (subject) => {
  creationStacks("full");
  const crowds = () => profile().filter(({ count }) => count > TASKS_PER_PLACE);
  const groups = await whileRunning(programs[subject], crowds);
  return groupFindings("live tasks", fileOf(import.meta.url, subject), groups);
};
