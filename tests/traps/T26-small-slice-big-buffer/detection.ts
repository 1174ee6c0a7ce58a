import { retainedBySlices } from "@barrage/kernel/diagnostics";
import type { Detect } from "../trap.ts";
import { fileOf, lineIn } from "../tools/program.ts";
import { run as reproduction } from "./reproduction.ts";
import { run as safe } from "./safe.ts";

const programs = { reproduction, safe };

/** The gauge of bytes that slices retain beyond their own, by the place that watches them. */
export const detect: Detect = async (subject) => {
  const file = fileOf(import.meta.url, subject);
  await programs[subject]();
  return retainedBySlices()
    .filter(({ retainedBytes, stack }) => retainedBytes > 0 && lineIn(stack.join("\n"), file) > 0)
    .map(({ label, slices, retainedBytes, stack }) => ({
      tool: "retained bytes",
      guilty: `${slices} ${label} keep ${retainedBytes}`,
      line: lineIn(stack.join("\n"), file),
    }));
};
