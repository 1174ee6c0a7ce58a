import { currentRecord } from "@barrage/kernel/diagnostics";
import "@barrage/kernel-node/ambient";
import type { Detect, Finding } from "../trap.ts";
import { callerLine, fileOf } from "../tools/program.ts";
import { run as reproduction, state } from "./reproduction.ts";
import { run as safe } from "./safe.ts";

const programs = { reproduction, safe };

/** A test under concurrency, over state that knows who wrote it: nobody may read what another request wrote. */
export const detect: Detect = async (subject) => {
  const file = fileOf(import.meta.url, subject);
  const findings: Finding[] = [];
  let writer: number | undefined;
  const watched = new Proxy(
    { ...state },
    {
      get(target, property, receiver) {
        const reader = currentRecord();
        if (writer !== undefined && reader?.id !== writer) {
          const guilty = `${String(property)}, of another request`;
          findings.push({ tool: "test under concurrency", guilty, line: callerLine(file) });
        }
        return Reflect.get(target, property, receiver) as unknown;
      },
      set(target, property, value) {
        writer = currentRecord()?.id;
        return Reflect.set(target, property, value);
      },
    },
  );
  await programs[subject](watched);
  return findings;
};
