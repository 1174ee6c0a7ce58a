import { systemClock } from "@barrage/kernel";
import { pendingTimers, watchTimers } from "@barrage/kernel/diagnostics";
import type { Detect } from "../trap.ts";
import { lint } from "../tools/lint.ts";
import { run as reproduction } from "./reproduction.ts";
import { run as safe } from "./safe.ts";

const programs = { reproduction, safe };

/** The timer gauge says how many, lint says where. */
export const detect: Detect = async (subject) => {
  using _watch = watchTimers(systemClock, "system");
  await programs[subject]();
  const pending = pendingTimers().reduce((sum, clock) => sum + clock.pending, 0);
  const places = lint(import.meta.url, subject, "task-without-owner");
  if (pending > 0 && places.length === 0) throw new Error(`${pending} timers pend, and lint sees no reason`);
  return places.map((place) => ({ ...place, guilty: `${place.guilty}, ${pending} timers` }));
};
