import type { Clock } from "../time/clock.ts";
import { systemClock } from "../time/clock.ts";

/** System time whose timers let the process end. What watches others must not keep them alive. */
export const idleClock: Clock = {
  now: () => systemClock.now(),
  wall: () => systemClock.wall(),
  setTimer(ms, fn) {
    const handle = systemClock.setTimer(ms, fn);
    (handle as { unref?: () => void }).unref?.();
    return handle;
  },
  clearTimer: (handle) => systemClock.clearTimer(handle),
};
