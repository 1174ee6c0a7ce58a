import type { Detect, Finding } from "../trap.ts";
import { watchCloses } from "../tools/closers.ts";
import { fileOf, lineIn } from "../tools/program.ts";
import { run as reproduction } from "./reproduction.ts";
import { run as safe } from "./safe.ts";

const programs = { reproduction, safe };

/** The typed error of the send, with the stack of whoever closed. */
export const detect: Detect = async (subject) => {
  const file = fileOf(import.meta.url, subject);
  const findings: Finding[] = [];
  using _watch = watchCloses(({ channel, error, closer }) => {
    findings.push({ tool: error.code, guilty: `closer of ${channel}`, line: lineIn(closer, file) });
  });
  await programs[subject]();
  return findings;
};
