import { creationStacks, overstayed } from "@barrage/kernel/diagnostics";
import type { Detect } from "../trap.ts";
import { groupFindings, whileRunning } from "../tools/groups.ts";
import { fileOf } from "../tools/program.ts";
import { run as reproduction } from "./reproduction.ts";
import { run as safe } from "./safe.ts";

const programs = { reproduction, safe };

/** Tasks that live on half a second after their context was cancelled. */
export const detect: Detect = async (subject) => {
  creationStacks("full");
  const groups = await whileRunning(programs[subject], () => overstayed(500));
  return groupFindings("cancelled, still alive", fileOf(import.meta.url, subject), groups);
};
