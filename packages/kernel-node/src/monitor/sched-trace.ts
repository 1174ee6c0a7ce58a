import { dispose, liveTaskCount, rootContext, Scope, Ticker, type Context } from "@barrage/kernel";
import { idleClock, profile, startedTaskCount } from "@barrage/kernel/diagnostics";
import { LoopGauge } from "./loop-gauge.ts";

/** Writes one line per period; the text has no line end. */
export interface SchedTraceOptions {
  readonly write: (line: string) => void;
  readonly everyMs?: number;
  /** Whose clock is used; system time that keeps no process alive when absent. */
  readonly context?: Context;
}

/** One line of what the scheduler does, every second: how many tasks, how many new, how late and busy the loop is. */
export function traceScheduler({ write, everyMs = 1000, context }: SchedTraceOptions): Disposable {
  const gauge = new LoopGauge();
  const root = context ?? rootContext({ clock: idleClock, name: "trace" });
  const scope = new Scope(root, { name: "trace", onError: "report" });
  const startedAt = root.clock.now();
  let before = { at: startedAt, started: startedTaskCount() };
  scope.spawn(
    async (ctx) => {
      using ticker = new Ticker(everyMs, ctx);
      for (let tick = await ticker.next(); tick.done !== true; tick = await ticker.next()) {
        const now = { at: ctx.clock.now(), started: startedTaskCount() };
        const spawned = ((now.started - before.started) * 1000) / (now.at - before.at);
        write(
          `sched ${Math.round(now.at - startedAt)}ms: ${states()} spawned/s=${Math.round(spawned)} ${loop(gauge)}`,
        );
        before = now;
      }
    },
    { name: "sched" },
  );
  return {
    [dispose]() {
      gauge.stop();
      scope.cancel();
    },
  };
}

function states(): string {
  const live = liveTaskCount();
  const running = profile().reduce((sum, { waiting, count }) => sum + (waiting === "running" ? count : 0), 0);
  return `live=${live} running=${running} waiting=${live - running}`;
}

function loop(gauge: LoopGauge): string {
  const { delayP99Ms, utilisation } = gauge.read();
  const heap = process.memoryUsage().heapUsed / 2 ** 20;
  return `loop.p99=${delayP99Ms.toFixed(1)}ms elu=${(utilisation * 100).toFixed(1)}% heap=${heap.toFixed(1)}MiB`;
}
