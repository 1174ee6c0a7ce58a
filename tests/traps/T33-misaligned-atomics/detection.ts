import type { Detect, Finding } from "../trap.ts";
import { fileOf, lineIn } from "../tools/program.ts";
import { run as reproduction } from "./reproduction.ts";
import { run as safe } from "./safe.ts";

const programs = { reproduction, safe };

/** The engine's own check: a RangeError where the view is made. */
export const detect: Detect = async (subject) => {
  const file = fileOf(import.meta.url, subject);
  const findings: Finding[] = [];
  await programs[subject]((error) => {
    if (!(error instanceof RangeError)) throw error;
    findings.push({ tool: error.name, guilty: error.message, line: lineIn(error.stack, file) });
  });
  return findings;
};
