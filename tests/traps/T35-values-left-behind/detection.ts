import { nextTurn } from "@barrage/kernel";
import { creationStacks, onLeak, type TaskGroup } from "@barrage/kernel/diagnostics";
import type { Detect } from "../trap.ts";
import { collectUntil } from "../tools/collect.ts";
import { groupFindings } from "../tools/groups.ts";
import { fileOf } from "../tools/program.ts";
import { run as reproduction } from "./reproduction.ts";
import { run as safe } from "./safe.ts";

const programs = { reproduction, safe };

/** The leak proof: nothing live can reach the channel any more, so the parked task is collected, and told of. */
export const detect: Detect = async (subject) => {
  creationStacks("full");
  const groups: TaskGroup[] = [];
  {
    using _watch = onLeak((report) => void (report.kind === "unreachable" && groups.push(...report.groups)));
    await programs[subject]();
    await collectUntil(() => groups.length > 0);
  }
  await nextTurn(); // the watch is a task itself
  return groupFindings("leak proof", fileOf(import.meta.url, subject), groups);
};
