import type * as KernelNode from "@barrage/kernel-node";
import type { ServerConfig } from "../config/schema.ts";
import type { Logger } from "./logger.ts";
import type { Metrics } from "./metrics.ts";

/** The kernel's tools. */
export type Tools = typeof KernelNode;

type Telemetry = ServerConfig["telemetry"];

function showsPages({ mode, telemetry }: ServerConfig): boolean {
  return telemetry.debugPages === "on" || (telemetry.debugPages === "auto" && mode === "development");
}

/**
 * The tools, when the configuration asks for any of them. They are loaded only then, because a process that has loaded
 * them pays for them; and before anything else starts, so that they know where each task was started.
 */
export async function loadTools(config: ServerConfig): Promise<Tools | undefined> {
  const { trace, monitor } = config.telemetry;
  if (!showsPages(config) && trace === "off" && !monitor) return undefined;
  return import("@barrage/kernel-node");
}

/** The tools as far as the debug pages are on. */
export function toolsForPages(tools: Tools | undefined, config: ServerConfig): Tools | undefined {
  return showsPages(config) ? tools : undefined;
}

/** Starts trace and monitor as configured; dispose to end them. */
export function startTools(
  tools: Tools | undefined,
  { trace, monitor, dumpDir }: Telemetry,
  log: Logger,
  metrics: Metrics,
): AsyncDisposableStack {
  const running = new AsyncDisposableStack();
  if (tools === undefined) return running;
  if (trace === "sched") running.use(tools.traceScheduler({ write: (line) => log.info(line) }));
  if (monitor) {
    running.use(
      new tools.RuntimeMonitor({
        metrics: metrics.ofMonitor,
        onSuspicion: ({ kind, what, dump }) => log.warn({ kind, what, dump }, "something looks like a leak"),
        ...(dumpDir === null ? {} : { dumpFolder: dumpDir }),
      }),
    );
  }
  return running;
}
