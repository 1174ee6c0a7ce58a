import { creationStacks, profile } from "@barrage/kernel/diagnostics";
import type { Detect } from "../trap.ts";
import { groupFindings, whileRunning } from "../tools/groups.ts";
import { fileOf } from "../tools/program.ts";
import { run as reproduction } from "./reproduction.ts";
import { run as safe } from "./safe.ts";

const programs = { reproduction, safe };
const STREAM_LIMIT = 64;

/** The gauge of live streams against their limit. */
export const detect: Detect = async (subject) => {
  creationStacks("full");
  const over = () =>
    profile().filter(({ count, labels }) => labels["task"] === "stream" && count > STREAM_LIMIT);
  const groups = await whileRunning(programs[subject], over);
  return groupFindings("streams over limit", fileOf(import.meta.url, subject), groups);
};
