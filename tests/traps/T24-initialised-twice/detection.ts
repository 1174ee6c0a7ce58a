import type { Detect, Finding } from "../trap.ts";
import { callerLine, fileOf } from "../tools/program.ts";
import { run as reproduction } from "./reproduction.ts";
import { run as safe } from "./safe.ts";
import { storeMaker } from "./store.ts";

const programs = { reproduction, safe };

/** A test's double: it notes a second opening, and a use before it was loaded. */
export const detect: Detect = async (subject) => {
  const file = fileOf(import.meta.url, subject);
  const findings: Finding[] = [];
  const note = (guilty: string): void => {
    findings.push({ tool: "test", guilty, line: callerLine(file) });
  };
  await programs[subject](() => {
    const { connect, opened } = storeMaker();
    const connectNoted: typeof connect = () => {
      if (opened() > 0) note("opened twice");
      const store = connect();
      let isReady = false;
      return {
        load: () => store.load().then(() => void (isReady = true)),
        rooms() {
          if (!isReady) note("used before it was ready");
          return store.rooms();
        },
      };
    };
    return { connect: connectNoted, opened };
  });
  return findings;
};
