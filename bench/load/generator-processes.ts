import { getPriority, setPriority } from "node:os";
import { processWorkers } from "@barrage/load";
import type { StartWorker } from "@barrage/load";
import { CORES, keepOnCore } from "./pinned.ts";
import type { BenchServer } from "./server-process.ts";

/**
 * So much later than others does who only makes load get the core: a process that measures must not wait for it. Nine
 * times less time is what Linux gives to ten steps.
 */
export const BEHIND_OTHERS = 10;

/** Workers in processes of their own, on the generator's core if the server has one of its own, so much nicer than others. */
export const generatorProcesses = (
  { isPinned }: Pick<BenchServer, "isPinned">,
  count: number,
  niceness = 0,
): readonly StartWorker[] =>
  processWorkers(count, {
    onProcess(pid) {
      setPriority(pid, getPriority(pid) + niceness);
      if (isPinned) keepOnCore(CORES.generator, pid);
    },
  });
