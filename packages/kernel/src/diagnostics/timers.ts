import { dispose } from "../dispose.ts";
import type { Clock, TimerHandle } from "../time/clock.ts";

/** Timers set on one clock and neither fired nor cleared, since it was watched. */
export interface PendingTimers {
  readonly clock: string;
  readonly pending: number;
  /** Age of the oldest, in ms. */
  readonly oldestMs: number;
}

class TimerWatch {
  readonly name: string;
  private readonly clock: Clock;
  private readonly pending = new Map<TimerHandle, number>();

  constructor(name: string, clock: Clock) {
    this.name = name;
    this.clock = clock;
  }

  set(setTimer: Clock["setTimer"], ms: number, fn: () => void): TimerHandle {
    let handle: TimerHandle | undefined = undefined;
    handle = setTimer(ms, () => {
      if (handle !== undefined) this.pending.delete(handle);
      fn();
    });
    this.pending.set(handle, this.clock.now());
    return handle;
  }

  clear(handle: TimerHandle): void {
    this.pending.delete(handle);
  }

  report(): PendingTimers {
    // In the order they were set, so the first is the oldest.
    const [oldest] = this.pending.values();
    const oldestMs = oldest === undefined ? 0 : this.clock.now() - oldest;
    return { clock: this.name, pending: this.pending.size, oldestMs };
  }
}

const watches = new Set<TimerWatch>();

/** Puts the own property of that name back as it was, or takes it away again where there was none. */
function restorer(clock: Clock, name: "setTimer" | "clearTimer"): () => void {
  const before = Object.getOwnPropertyDescriptor(clock, name);
  return () => {
    if (before === undefined) Reflect.deleteProperty(clock, name);
    else Object.defineProperty(clock, name, before);
  };
}

/** Counts the timers of a clock from now on, until disposed; watches of one clock are disposed in reverse order. */
export function watchTimers(clock: Clock, name: string): Disposable {
  const watch = new TimerWatch(name, clock);
  const setTimer = clock.setTimer.bind(clock);
  const clearTimer = clock.clearTimer.bind(clock);
  const restore = [restorer(clock, "setTimer"), restorer(clock, "clearTimer")];
  Object.assign(clock, {
    setTimer: (ms: number, fn: () => void) => watch.set(setTimer, ms, fn),
    clearTimer(handle: TimerHandle) {
      watch.clear(handle);
      clearTimer(handle);
    },
  });
  watches.add(watch);
  return {
    [dispose]() {
      if (!watches.delete(watch)) return;
      for (const put of restore) put();
    },
  };
}

export function pendingTimers(): PendingTimers[] {
  return [...watches].map((watch) => watch.report());
}
