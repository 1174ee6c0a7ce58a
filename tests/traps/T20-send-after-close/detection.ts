import type { Detect } from "../trap.ts";
import { codedFindings } from "../tools/coded.ts";
import { fileOf } from "../tools/program.ts";
import { run as reproduction } from "./reproduction.ts";
import { run as safe } from "./safe.ts";

const programs = { reproduction, safe };

/** The typed error, whose stack is the sender's. */
export const detect: Detect = async (subject) => {
  const file = fileOf(import.meta.url, subject);
  return await codedFindings(programs[subject], file);
};
