import { background, onTaskFailure, Scope } from "@barrage/kernel";
import type { EngineEvent } from "@barrage/engine";
import type { ServerConfig } from "../config/schema.ts";
import { EventLog } from "../telemetry/event-log.ts";
import { createLogger } from "../telemetry/logger.ts";
import type { Logger } from "../telemetry/logger.ts";
import { Metrics } from "../telemetry/metrics.ts";
import { NodeMeter } from "../telemetry/process-meter.ts";
import { startTracing } from "../telemetry/tracing.ts";
import type { RunningTracing } from "../telemetry/tracing.ts";
import { loadTools, startTools } from "../telemetry/tools.ts";
import type { Tools } from "../telemetry/tools.ts";
import { Shutdown } from "./shutdown.ts";
import type { Step } from "./shutdown.ts";

/** What every process of a server has, whatever its role. */
export interface House {
  readonly config: ServerConfig;
  readonly log: Logger;
  /** Owns every task of the process. */
  readonly scope: Scope;
  readonly metrics: Metrics;
  readonly meter: NodeMeter;
  readonly tools: Tools | undefined;
  /** Absent where nothing is traced. */
  readonly tracing: RunningTracing | undefined;
  /** Hears of tasks that fail with nobody to tell. */
  readonly failures: Disposable;
  /** Events as metrics and log lines, and to whoever else wants them. */
  readonly onEvent: (event: EngineEvent) => void;
}

export interface HouseOptions {
  readonly onEvent?: (event: EngineEvent) => void;
  /** Absent: JSON lines on standard output. */
  readonly log?: Logger;
}

/** Time that an engine may take to end after a start that failed, ms. */
const UNDO_MS = 5_000;

/** Opens what a process needs before its role; `undo` closes it again if the start fails. */
export async function openHouse(
  config: ServerConfig,
  options: HouseOptions,
  undo: AsyncDisposableStack,
): Promise<House> {
  const log = options.log ?? createLogger({ level: config.telemetry.logLevel });
  const failures = undo.use(
    onTaskFailure(({ name, error }) => log.error({ task: name, err: error }, "a task failed")),
  );
  const tools = await loadTools(config);
  const scope = undo.use(new Scope(undefined, { name: "server", onError: "report" }));
  const meter = undo.use(new NodeMeter());
  const metrics = new Metrics(meter);
  scope.use(startTools(tools, config.telemetry, log, metrics));
  const tracing = await startTracing(config.telemetry.tracing, log);
  if (tracing !== undefined) undo.use(tracing);
  const events = new EventLog(log, scope.context.clock);
  const onEvent = (event: EngineEvent): void => {
    metrics.onEvent(event);
    events.tell(event);
    options.onEvent?.(event);
  };
  return { config, log, scope, metrics, meter, tools, tracing, failures, onEvent };
}

/** For the undo of a start: ends an engine within bounds. */
export async function stopWithin(stop: (ctx: typeof background) => Promise<void>): Promise<void> {
  using ctx = background.cancellable({ name: "undo", timeout: UNDO_MS });
  await stop(ctx);
}

/** Orderly steps, then what is always released; the house itself last. */
export function wayDownOf(
  { config, log, scope, meter, tracing, failures }: House,
  { orderly, release, last }: { orderly: readonly Step[]; release: readonly Step[]; last?: readonly Step[] },
): Shutdown {
  return new Shutdown({
    deadlineMs: config.server.shutdownDeadlineMs,
    root: background,
    log,
    orderly,
    release: [
      ...release,
      { name: "meter", run: () => meter[Symbol.dispose]() },
      { name: "tasks", run: () => scope[Symbol.asyncDispose]() },
      ...(last ?? []),
      { name: "traces", run: async () => tracing?.[Symbol.asyncDispose]() },
      {
        name: "log",
        run() {
          failures[Symbol.dispose]();
          log.info("the server has ended");
          log.flush();
        },
      },
    ],
  });
}
