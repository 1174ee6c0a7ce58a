import type { Detect } from "../trap.ts";
import { deadlockFindings } from "../tools/deadlock.ts";
import { fileOf } from "../tools/program.ts";

/** The deadlock report of a process that has nothing left to do and a task that sleeps. */
export const detect: Detect = (subject) => deadlockFindings(fileOf(import.meta.url, subject));
