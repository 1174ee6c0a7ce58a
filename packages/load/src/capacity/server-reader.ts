import { readFileSync } from "node:fs";
import type { Context } from "@barrage/kernel";
import { scrape } from "../scrape/metrics-page.ts";
import { processFigures } from "../scrape/process-figures.ts";
import { figuresOf } from "../scrape/server-figures.ts";

/** What can be known of a server at a moment. A figure is absent where it cannot. */
export interface ServerReading {
  /** Processor time used so far, all threads. */
  readonly cpuSeconds?: number;
  readonly residentBytes?: number;
  /** Of all processes of the server's machine. */
  readonly machineCpuSeconds?: number;
  /** Since the reading before. */
  readonly loopDelayP99Ms?: number;
  readonly connections?: number;
  readonly logQueue?: number;
  /** The longest flush window in force. */
  readonly flushWindowMs?: number;
}

export type ReadServer = (ctx: Context) => Promise<ServerReading>;

/** Where a server's figures are. */
export interface ServerSources {
  /** Prometheus' text form. */
  readonly metricsUrl?: string | undefined;
  /** Bearer token for it. */
  readonly token?: string | undefined;
  /** Of a process of this machine: its CPU and memory are read from /proc, not from the metrics. */
  readonly pid?: number | undefined;
}

/** Reads what there is; a source that does not answer leaves its figures out. */
export const serverReader =
  ({ metricsUrl, token, pid }: ServerSources): ReadServer =>
  async (ctx) => ({
    ...(metricsUrl === undefined ? {} : await readPage(metricsUrl, token, ctx)),
    ...(pid === undefined ? {} : readProcess(pid)),
  });

function readProcess(pid: number): ServerReading {
  const figures = processFigures([pid]);
  return figures === undefined ? {} : { ...figures, ...readMachine() };
}

/** Clock ticks per second of /proc on Linux, whatever the kernel's own tick. */
const TICKS_PER_SECOND = 100;

/** Processor time of this machine that was not idle, and not waiting for a disk. */
function readMachine(): ServerReading {
  try {
    const [first = ""] = readFileSync("/proc/stat", "utf8").split("\n", 1);
    const [user = 0, nice = 0, system = 0, , , irq = 0, softIrq = 0, steal = 0] = first
      .split(/\s+/)
      .slice(1)
      .map(Number);
    return { machineCpuSeconds: (user + nice + system + irq + softIrq + steal) / TICKS_PER_SECOND };
  } catch {
    // No /proc: the figure is absent.
    return {};
  }
}

async function readPage(url: string, token: string | undefined, ctx: Context): Promise<ServerReading> {
  const scraped = await scrape(url, token, ctx);
  if ("problem" in scraped) return {};
  const { gauges, cpuSeconds, residentBytes, loopDelayP99Ms, connections } = figuresOf(scraped.page);
  const { barrage_log_queue: logQueue, barrage_flush_window_seconds: window } = gauges;
  const flushWindowMs = window === undefined ? undefined : window * 1_000;
  const all = { cpuSeconds, residentBytes, loopDelayP99Ms, connections, logQueue, flushWindowMs };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
}
