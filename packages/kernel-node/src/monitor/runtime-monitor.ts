import type { EventEmitter } from "node:events";
import { asyncDispose, type Context, onTaskFailure, rootContext, Scope, Ticker } from "@barrage/kernel";
import {
  type GrowthOptions,
  groupText,
  GrowthWindow,
  idleClock,
  type LeakReport,
  onLeak,
  tree,
} from "@barrage/kernel/diagnostics";
import { groupLines } from "../pages/task-page.ts";
import { DumpFolder } from "./dump-folder.ts";
import { LoopGauge } from "./loop-gauge.ts";
import { type RuntimeSample, takeSample } from "./runtime-sample.ts";

/** Where the monitor's numbers go: `tasks_live{group}`, `task_panic_total{task}`, `leak_suspected_total{kind}`. */
export interface MonitorMetrics {
  readonly tasksLive?: (group: string, count: number) => void;
  readonly taskPanic?: (task: string) => void;
  readonly leakSuspected?: (kind: SuspicionKind) => void;
}

export type SuspicionKind = LeakReport["kind"] | "handles" | "listeners" | "timers" | "slices" | "overstayed";

/** Something that looks like a leak. */
export interface Suspicion {
  readonly kind: SuspicionKind;
  /** What grows or stands still, in words. */
  readonly what: string;
  /** The dump that was written of it, when there is a folder. */
  readonly dump: string | undefined;
}

/** `everyMs` between samples; `threshold` in tasks of one group; the others are those of the growth window. */
export interface MonitorOptions extends GrowthOptions {
  readonly everyMs?: number;
  readonly threshold?: number;
  readonly metrics?: MonitorMetrics;
  readonly onSample?: (sample: RuntimeSample) => void;
  readonly onSuspicion?: (suspicion: Suspicion) => void;
  readonly dumpFolder?: string;
  readonly keepDumps?: number;
  readonly emitters?: ReadonlyMap<string, EventEmitter>;
  /** Whose clock is used; system time that keeps no process alive when absent. */
  readonly context?: Context;
}

const EVERY_MS = 1000;
const KEEP_DUMPS = 16;

// Kinds of handles, emitters and clocks whose growth is followed (a count).
const FOLLOWED = 256;

/**
 * Samples what is alive in the process and tells what grows without end.
 *
 * Shape      one task; its timer keeps no process alive. Dispose to end it.
 * Bounds     a suspicion of growth is told again only after a whole window; `keepDumps` files in the folder.
 */
export class RuntimeMonitor implements AsyncDisposable {
  private readonly options: MonitorOptions;
  private readonly scope: Scope;
  private readonly gauge = new LoopGauge();
  private readonly windows = new Map<string, GrowthWindow>();
  private readonly dumps: DumpFolder | undefined;
  private readonly subscriptions: readonly Disposable[];
  private groups = new Set<string>();
  private hadOverstayed = false;
  private last: RuntimeSample | undefined = undefined;

  constructor(options: MonitorOptions = {}) {
    this.options = options;
    const { everyMs = EVERY_MS, dumpFolder, keepDumps = KEEP_DUMPS, metrics } = options;
    const context = options.context ?? rootContext({ clock: idleClock, name: "monitor" });
    this.dumps = dumpFolder === undefined ? undefined : new DumpFolder(dumpFolder, keepDumps);
    this.subscriptions = [
      onLeak((report) => this.suspect(report.kind, leakText(report)), { ...options, everyMs, context }),
      onTaskFailure(({ name }) => metrics?.taskPanic?.(name)),
    ];
    this.scope = new Scope(context, { name: "monitor", onError: "report" });
    this.scope.spawn(
      async (ctx) => {
        using ticker = new Ticker(everyMs, ctx);
        for (let tick = await ticker.next(); tick.done !== true; tick = await ticker.next()) this.sample();
      },
      { name: "sampler" },
    );
  }

  /** The newest sample; undefined before the first. */
  get latest(): RuntimeSample | undefined {
    return this.last;
  }

  async [asyncDispose](): Promise<void> {
    for (const each of this.subscriptions) each[Symbol.dispose]();
    this.gauge.stop();
    await this.scope[asyncDispose]();
  }

  private sample(): void {
    const sample = takeSample(this.gauge, this.options.emitters ?? new Map<string, EventEmitter>());
    this.last = sample;
    this.publish(sample);
    this.follow("handles", sample.handles);
    this.follow("listeners", sample.listeners);
    this.follow("timers", Object.fromEntries(sample.timers.map(({ clock, pending }) => [clock, pending])));
    this.follow(
      "slices",
      // In KiB, so that a handful of bytes is no rise.
      Object.fromEntries(sample.slices.map(({ label, retainedBytes }) => [label, retainedBytes / 1024])),
    );
    const late = sample.overstayed.length > 0;
    if (late && !this.hadOverstayed) this.suspect("overstayed", sample.overstayed.map(groupText).join("\n"));
    this.hadOverstayed = late;
    this.options.onSample?.(sample);
  }

  private publish(sample: RuntimeSample): void {
    const { tasksLive } = this.options.metrics ?? {};
    if (tasksLive === undefined) return;
    const counts = new Map<string, number>();
    for (const { labels, count } of sample.groups) {
      const name = `${labels["scope"] ?? "?"}/${labels["task"] ?? "?"}`;
      counts.set(name, (counts.get(name) ?? 0) + count);
    }
    // A group that is gone is told once more, with nobody in it.
    for (const name of this.groups) if (!counts.has(name)) tasksLive(name, 0);
    this.groups = new Set(counts.keys());
    for (const [name, count] of counts) tasksLive(name, count);
  }

  private follow(kind: SuspicionKind, counts: Readonly<Record<string, number>>): void {
    for (const [name, count] of Object.entries(counts)) {
      const key = `${kind} ${name}`;
      let window = this.windows.get(key);
      if (window === undefined) {
        if (this.windows.size >= FOLLOWED) continue;
        this.windows.set(key, (window = new GrowthWindow(this.options)));
      }
      const growth = window.add(count);
      if (growth === undefined) continue;
      window.clear();
      this.suspect(kind, `${key} grew from ${growth.from.toFixed(1)} to ${growth.to.toFixed(1)}`);
    }
  }

  private suspect(kind: SuspicionKind, what: string): void {
    this.options.metrics?.leakSuspected?.(kind);
    const { dumps } = this;
    if (dumps === undefined) return this.options.onSuspicion?.({ kind, what, dump: undefined });
    const text = [`${kind}: ${what}`, "", ...groupLines(), "", tree(), ""].join("\n");
    this.scope.spawn(
      async (ctx) => {
        const dump = await dumps.write(kind, ctx.clock.wall(), text);
        this.options.onSuspicion?.({ kind, what, dump });
      },
      { name: "dump" },
    );
  }
}

function leakText({ groups, cycles }: LeakReport): string {
  const circles = cycles.map((cycle) =>
    cycle.map(({ task, lock }) => `${task} waits for ${lock}`).join(", "),
  );
  return [...groups.map(groupText), ...circles].join("\n");
}
