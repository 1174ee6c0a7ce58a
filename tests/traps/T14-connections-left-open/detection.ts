import { createHook } from "node:async_hooks";
import type { Detect } from "../trap.ts";
import { callerLine, fileOf } from "../tools/program.ts";
import { run as reproduction } from "./reproduction.ts";
import { run as safe } from "./safe.ts";

const programs = { reproduction, safe };

/** Socket handles that were opened in the program and are still there, by the line that opened them. */
export const detect: Detect = async (subject) => {
  const file = fileOf(import.meta.url, subject);
  const open = new Map<number, { line: number; resource: object }>();
  const hook = createHook({
    init(id, type, _, resource) {
      if (type !== "TCPWRAP") return;
      const line = callerLine(file);
      if (line > 0) open.set(id, { line, resource });
    },
    destroy: (id) => void open.delete(id),
  }).enable();
  await programs[subject]();
  hook.disable();
  const counts = new Map<number, number>();
  for (const { line } of open.values()) counts.set(line, (counts.get(line) ?? 0) + 1);
  return [...counts].map(([line, count]) => ({ tool: "handle count", guilty: `${count} sockets`, line }));
};
