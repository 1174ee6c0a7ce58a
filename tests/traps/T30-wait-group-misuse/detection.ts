import type { Detect } from "../trap.ts";
import { codedFindings } from "../tools/coded.ts";
import { deadlockFindings } from "../tools/deadlock.ts";
import { fileOf } from "../tools/program.ts";
import { run as reproduction } from "./reproduction.ts";
import { run as safe } from "./safe.ts";

const programs = { reproduction, safe };

/** The misuse error for a group that is added to too late, the deadlock report for a wait that never ends. */
export const detect: Detect = async (subject) => {
  const file = fileOf(import.meta.url, subject);
  return [...(await codedFindings(programs[subject], file)), ...(await deadlockFindings(file))];
};
