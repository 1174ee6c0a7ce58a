import type { Context } from "../context/context.ts";
import { rootContext } from "../context/root.ts";
import { dispose } from "../dispose.ts";
import { InvalidArgumentError } from "../errors.ts";
import { Scope } from "../task/scope.ts";
import { reportFailure } from "../task/failures.ts";
import type { TaskRecord } from "../task/task-record.ts";
import { Ticker } from "../time/ticker.ts";
import { nextTurn } from "../time/turn.ts";
import { GrowthWindow, type GrowthOptions } from "./growth.ts";
import { idleClock } from "./idle-clock.ts";
import { groupsOf, profile, type TaskGroup } from "./profile.ts";
import { waitCycles, type WaitStep } from "./wait-cycles.ts";
import { onUnreachable } from "./watch.ts";

export type LeakKind = "unreachable" | "growth" | "threshold" | "deadlock";

/**
 * What looks like a leak, or is one: `unreachable` tasks and `deadlock` cycles are proved, `growth` and `threshold`
 * suspected. An unreachable task's memory may be free already, but its `finally` never runs: permits, locks and
 * connections it held are lost.
 */
export interface LeakReport {
  readonly kind: LeakKind;
  readonly groups: readonly TaskGroup[];
  /** For `deadlock`: who waits for whom. */
  readonly cycles: readonly (readonly WaitStep[])[];
}

/** `threshold` is tasks of one group, `everyMs` the time between samples; the others are those of the window. */
export interface LeakWatchOptions extends GrowthOptions {
  readonly threshold?: number;
  readonly everyMs?: number;
  /** Whose clock is used; system time that keeps no process alive when absent. */
  readonly context?: Context;
}

// Groups whose growth is followed at once (a count), the largest ones.
const FOLLOWED_GROUPS = 256;

const idle = rootContext({ clock: idleClock, name: "diagnostics" });

/** Watches the process for leaks until disposed. Each one is told once, growth again after a window's time. */
export function onLeak(handler: (report: LeakReport) => void, options: LeakWatchOptions = {}): Disposable {
  const watch = new LeakWatch(handler, options);
  const scope = new Scope(options.context ?? idle, { name: "diagnostics", onError: "report" });
  scope.spawn(
    async (ctx) => {
      using ticker = new Ticker(options.everyMs ?? 1000, ctx);
      for (let tick = await ticker.next(); tick.done !== true; tick = await ticker.next()) watch.sample();
    },
    { name: "leak watch" },
  );
  const stop = onUnreachable((record) => watch.unreachable(record));
  return {
    [dispose]() {
      stop();
      scope.cancel();
    },
  };
}

class LeakWatch {
  private readonly handler: (report: LeakReport) => void;
  private readonly options: LeakWatchOptions;
  private readonly windows = new Map<string, GrowthWindow>();
  private readonly above = new Set<string>();
  private deadlocks = new Set<string>();
  private lost: TaskRecord[] = [];

  constructor(handler: (report: LeakReport) => void, options: LeakWatchOptions) {
    const { threshold = 1, everyMs = 1 } = options;
    if (!(threshold > 0)) throw new InvalidArgumentError("threshold", "above 0 tasks", threshold);
    if (!(everyMs > 0)) throw new InvalidArgumentError("everyMs", "above 0 ms", everyMs);
    void new GrowthWindow(options);
    this.handler = handler;
    this.options = options;
  }

  /** The collector tells of tasks one by one; those of one collection make one report. */
  unreachable(record: TaskRecord): void {
    this.lost.push(record);
    if (this.lost.length > 1) return;
    nextTurn()
      .then(() => this.tell("unreachable", groupsOf(this.lost.splice(0))))
      .catch((error: unknown) => reportFailure(error, "leak watch"));
  }

  sample(): void {
    const groups = profile().slice(0, FOLLOWED_GROUPS);
    this.checkGrowth(groups);
    this.checkThreshold(groups);
    this.checkDeadlock();
  }

  private checkGrowth(groups: readonly TaskGroup[]): void {
    const seen = new Set<string>();
    for (const group of groups) {
      const key = keyOf(group);
      seen.add(key);
      let window = this.windows.get(key);
      if (window === undefined) this.windows.set(key, (window = new GrowthWindow(this.options)));
      if (window.add(group.count) === undefined) continue;
      window.clear();
      this.tell("growth", [group]);
    }
    for (const key of this.windows.keys()) if (!seen.has(key)) this.windows.delete(key);
  }

  private checkThreshold(groups: readonly TaskGroup[]): void {
    const { threshold } = this.options;
    if (threshold === undefined) return;
    const over = groups.filter((group) => group.count > threshold);
    const fresh = over.filter((group) => !this.above.has(keyOf(group)));
    this.above.clear();
    for (const group of over) this.above.add(keyOf(group));
    if (fresh.length > 0) this.tell("threshold", fresh);
  }

  private checkDeadlock(): void {
    const cycles = waitCycles();
    const fresh = cycles.filter((cycle) => !this.deadlocks.has(cycleKey(cycle)));
    this.deadlocks = new Set(cycles.map(cycleKey));
    if (fresh.length > 0) this.tell("deadlock", [], fresh);
  }

  private tell(kind: LeakKind, groups: readonly TaskGroup[], cycles: LeakReport["cycles"] = []): void {
    try {
      this.handler({ kind, groups, cycles });
    } catch (error) {
      // A handler that throws must not end the watch.
      reportFailure(error, "onLeak handler");
    }
  }
}

function keyOf({ labels, waiting }: TaskGroup): string {
  return `${labels["scope"]}\0${labels["task"]}\0${waiting}`;
}

function cycleKey(cycle: readonly WaitStep[]): string {
  return cycle
    .map(({ id }) => id)
    .sort((a, b) => a - b)
    .join(" ");
}
