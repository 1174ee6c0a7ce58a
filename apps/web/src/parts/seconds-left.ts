import { sleep, systemClock } from "@barrage/kernel";
import { useState } from "preact/hooks";
import { useTask } from "./use-task.ts";

/** Whole seconds until a moment of the monotonic clock, counted down; 0 when it has passed or there is none. */
export function useSecondsLeft(until: number | undefined): number {
  const [, redraw] = useState(0);
  const left = Math.max(0, (until ?? 0) - systemClock.now());
  useTask(
    "countdown",
    async (ctx) => {
      while (until !== undefined && until > systemClock.now()) {
        await sleep(Math.min(1_000, Math.max(50, until - systemClock.now())), ctx);
        redraw((count) => count + 1);
      }
    },
    [until],
  );
  return Math.ceil(left / 1_000);
}
