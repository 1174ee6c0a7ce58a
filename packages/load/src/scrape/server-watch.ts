import { sleep } from "@barrage/kernel";
import type { Context } from "@barrage/kernel";
import type { ServerSecond } from "../report/server-second.ts";
import { scrape } from "./metrics-page.ts";
import { listeningProcesses, processFigures } from "./process-figures.ts";
import { figuresOf } from "./server-figures.ts";
import type { ServerFigures } from "./server-figures.ts";
import { secondBetween } from "./server-second.ts";
import type { Reading } from "./server-second.ts";

/** Where a server's own figures come from. */
export interface ServerSource {
  /** A page in the Prometheus text format; none is read where it is absent. */
  readonly metricsUrl?: string;
  readonly token?: string;
  /** Processes of this machine; `port`: whoever listens there. They fill in what the page does not say. */
  readonly processes?: readonly number[] | { readonly port: number };
}

const SECOND_MS = 1_000;
/** Readings in a row that gave nothing after which nobody asks any more: a page that was never there stays away. */
const FAILURES_MAX = 5;

/**
 * Reads the server's figures at the end of each second of a run.
 *
 * Shape      `run` goes on until it is cancelled, or until nothing was to be read for a while.
 */
export class ServerWatch {
  readonly seconds: ServerSecond[] = [];
  readonly #source: ServerSource;
  #failures = 0;
  #pageFailures = 0;
  #problem: string | undefined;
  #hasPage = false;
  #pids: readonly number[] | undefined;

  constructor(source: ServerSource) {
    this.#source = source;
  }

  /** Where the figures came from, for people; what hindered it where there are none. */
  get said(): string {
    const { metricsUrl } = this.#source;
    const parts = [
      ...(this.#hasPage && metricsUrl !== undefined ? [metricsUrl] : []),
      ...((this.#pids ?? []).length > 0 ? [`/proc of process ${this.#pids?.join(", ")}`] : []),
    ];
    return parts.length > 0 ? parts.join(" and ") : `none (${this.#problem ?? "nothing to read was named"})`;
  }

  /** Units: `startAt`, when second 0 begins, in ms of the context's clock. */
  async run(startAt: number, ctx: Context): Promise<void> {
    const { clock } = ctx;
    let before: Reading | undefined;
    for (let second = -1; this.#failures < FAILURES_MAX;) {
      await sleep(Math.max(0, startAt + (second + 1) * SECOND_MS - clock.now()), ctx);
      const at = clock.now();
      const figures = await this.#read(ctx);
      const after = figures === undefined ? undefined : { at, figures };
      // Named by its middle: a reading may come late.
      const ended = Math.max(second, Math.floor((at - startAt - SECOND_MS / 2) / SECOND_MS));
      if (after !== undefined && second >= 0) this.seconds.push(secondBetween(ended, before, after));
      before = after;
      // Seconds in which this process did not get to it have no figures of their own.
      second = Math.max(second + 1, Math.floor((clock.now() - startAt) / SECOND_MS));
    }
  }

  async #read(ctx: Context): Promise<ServerFigures | undefined> {
    const page = await this.#readPage(ctx);
    const processes = this.#readProcesses();
    if (page === undefined && processes === undefined) {
      this.#failures += 1;
      return undefined;
    }
    this.#failures = 0;
    return { gauges: {}, counters: {}, ...processes, ...page };
  }

  async #readPage(ctx: Context): Promise<ServerFigures | undefined> {
    const { metricsUrl, token } = this.#source;
    if (metricsUrl === undefined || (!this.#hasPage && this.#pageFailures >= FAILURES_MAX)) return undefined;
    const scraped = await scrape(metricsUrl, token, ctx);
    if ("problem" in scraped) {
      this.#problem = scraped.problem;
      this.#pageFailures += 1;
      return undefined;
    }
    this.#hasPage = true;
    return figuresOf(scraped.page);
  }

  #readProcesses(): { readonly cpuSeconds: number; readonly residentBytes: number } | undefined {
    const { processes } = this.#source;
    if (processes === undefined) return undefined;
    this.#pids ??= "port" in processes ? listeningProcesses(processes.port) : processes;
    const figures = this.#pids.length === 0 ? undefined : processFigures(this.#pids);
    if (figures === undefined) this.#problem ??= "no process of the server was found on this machine";
    return figures;
  }
}
