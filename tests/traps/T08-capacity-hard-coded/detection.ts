import { Channel } from "@barrage/kernel";
import type { Detect, Finding } from "../trap.ts";
import { callerLine, fileOf } from "../tools/program.ts";
import { neededCapacity } from "./load-step.ts";
import { run as reproduction } from "./reproduction.ts";
import { run as safe } from "./safe.ts";

const programs = { reproduction, safe };

/** The capacity report of a load step: what each queue has, what the step needs, and where the queue is opened. */
export const detect: Detect = async (subject) => {
  const file = fileOf(import.meta.url, subject);
  const needed = neededCapacity();
  const report: Finding[] = [];
  await programs[subject]((capacity) => {
    if (capacity < needed) {
      const guilty = `capacity ${capacity}, the step needs ${needed}`;
      report.push({ tool: "capacity report", guilty, line: callerLine(file) });
    }
    return new Channel(capacity);
  });
  return report;
};
