import { kernelCode } from "@barrage/kernel";
import type { Finding } from "../trap.ts";
import { lineIn } from "./program.ts";

/** Runs a program that hands over what it was refused: each typed error, with the line of `file` that earned it. */
export async function codedFindings(
  run: (refused: (error: unknown) => void) => Promise<unknown>,
  file: string,
): Promise<readonly Finding[]> {
  const findings: Finding[] = [];
  await run((error) => {
    const code = kernelCode(error);
    if (code === undefined || !(error instanceof Error)) throw error;
    findings.push({ tool: code, guilty: error.message, line: lineIn(error.stack, file) });
  });
  return findings;
}
