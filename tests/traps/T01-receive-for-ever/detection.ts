import { assertNoLeaks, TasksLeakedError } from "@barrage/kernel/diagnostics";
import type { Detect } from "../trap.ts";
import { groupFindings } from "../tools/groups.ts";
import { fileOf } from "../tools/program.ts";
import { run as reproduction } from "./reproduction.ts";
import { run as safe } from "./safe.ts";

const programs = { reproduction, safe };

/** `assertNoLeaks` around the program, as a test would have it. */
export const detect: Detect = async (subject) => {
  try {
    await assertNoLeaks(programs[subject], { grace: 0 });
    return [];
  } catch (error) {
    if (!(error instanceof TasksLeakedError)) throw error;
    return groupFindings("assertNoLeaks", fileOf(import.meta.url, subject), error.groups);
  }
};
