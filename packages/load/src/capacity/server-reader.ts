import type { Context } from "@barrage/kernel";
import { scrape } from "../scrape/metrics-page.ts";
import { processFigures } from "../scrape/process-figures.ts";
import { figuresOf } from "../scrape/server-figures.ts";

/** What can be known of a server at a moment. A figure is absent where it cannot. */
export interface ServerReading {
  /** Processor time used so far, all threads. */
  readonly cpuSeconds?: number;
  readonly residentBytes?: number;
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
    ...(pid === undefined ? {} : processFigures([pid])),
  });

async function readPage(url: string, token: string | undefined, ctx: Context): Promise<ServerReading> {
  const scraped = await scrape(url, token, ctx);
  if ("problem" in scraped) return {};
  const { gauges, cpuSeconds, residentBytes, loopDelayP99Ms, connections } = figuresOf(scraped.page);
  const { barrage_log_queue: logQueue, barrage_flush_window_seconds: window } = gauges;
  const flushWindowMs = window === undefined ? undefined : window * 1_000;
  const all = { cpuSeconds, residentBytes, loopDelayP99Ms, connections, logQueue, flushWindowMs };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
}
