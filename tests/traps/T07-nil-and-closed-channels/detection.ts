import { kernelCode } from "@barrage/kernel";
import type { Detect, Finding } from "../trap.ts";
import { deadlockFindings } from "../tools/deadlock.ts";
import { fileOf, lineIn } from "../tools/program.ts";
import { run as reproduction } from "./reproduction.ts";
import { run as safe } from "./safe.ts";

const programs = { reproduction, safe };

/** The deadlock report for what waits on nothing, the typed error for what is sent too late. */
export const detect: Detect = async (subject) => {
  const file = fileOf(import.meta.url, subject);
  const findings: Finding[] = [];
  await programs[subject]((error) => {
    const code = kernelCode(error);
    if (code === undefined || !(error instanceof Error)) throw error;
    findings.push({ tool: code, guilty: error.message, line: lineIn(error.stack, file) });
  });
  return [...findings, ...(await deadlockFindings(file))];
};
