import { get as httpGet } from "node:http";
import type { TestContext } from "node:test";
import { fileURLToPath } from "node:url";
import { createLogger, resolveConfig } from "@barrage/server";
import { startSupervisor } from "../../src/supervisor/start-supervisor.ts";
import type { RunningSupervisor } from "../../src/supervisor/start-supervisor.ts";

const STAND_IN = fileURLToPath(new URL("stand-in-process.ts", import.meta.url));

const BASE = {
  "server.port": "0",
  "workers.report-every-ms": "50",
  "telemetry.log-level": "debug",
  "workers.spare": "false",
};

interface Line {
  readonly msg: string;
  readonly level: string;
  readonly worker?: string;
  readonly generation?: number;
  readonly reason?: string;
}

/** A supervisor of stand-ins and what it says. Ended with the test. */
export class Fleet {
  readonly lines: (Line & { readonly at: number })[] = [];
  flags: Record<string, string>;
  supervisor!: RunningSupervisor;
  private readonly waiting = new Set<() => void>();

  private constructor(flags: Record<string, string>) {
    this.flags = flags;
  }

  static async start(t: TestContext, flags: Record<string, string>, reusePort = true): Promise<Fleet> {
    const fleet = new Fleet({ ...BASE, ...flags });
    let isClosed = false;
    fleet.supervisor = await startSupervisor(fleet.config, {
      program: { file: STAND_IN, args: [] },
      readConfig: () => fleet.config,
      log: createLogger({ level: "debug", stream: { write: (text) => fleet.said(text) } }),
      pid: process.pid,
      reusePort,
    });
    const { close } = fleet.supervisor;
    fleet.supervisor.close = () => {
      isClosed = true;
      return close();
    };
    t.after(() => (isClosed ? undefined : close()));
    return fleet;
  }

  get config() {
    return resolveConfig({ flags: this.flags }).config;
  }

  private said(text: string): void {
    this.lines.push({ ...(JSON.parse(text) as Line), at: performance.now() });
    for (const look of this.waiting) look();
  }

  /** The first line that matches, from the one numbered `from` on. */
  line(pattern: RegExp, from = 0): Promise<Line & { readonly at: number }> {
    return new Promise((resolve) => {
      const look = (): void => {
        const found = this.lines.slice(from).find(({ msg }) => pattern.test(msg));
        if (found === undefined) return;
        this.waiting.delete(look);
        resolve(found);
      };
      this.waiting.add(look);
      look();
    });
  }

  get<T>(path: string): Promise<T> {
    const { port } = this.supervisor.address;
    return new Promise((resolve, reject) => {
      const request = httpGet({ port, path, agent: false }, (response) => {
        let text = "";
        response.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
        response.on("end", () => resolve(JSON.parse(text) as T));
        response.on("error", reject);
      });
      request.on("error", reject);
    });
  }

  who(): Promise<{ readonly pid: number; readonly id: number; readonly generation: number }> {
    return this.get("/who");
  }

  /** Each worker that answers, until as many different ones have. */
  async everyone(count: number): Promise<ReadonlySet<number>> {
    const pids = new Set<number>();
    while (pids.size < count) pids.add((await this.who()).pid);
    return pids;
  }

  /** The process that is loaded ahead, once it is. */
  async spare(): Promise<number> {
    for (;;) {
      const { supervisor } = await this.get<{
        supervisor: { spare: { pid: number; is_ready: boolean } | null };
      }>("/workers");
      if (supervisor.spare?.is_ready === true) return supervisor.spare.pid;
    }
  }

  async processes(): Promise<readonly { pid: number; role: string; state: string; worker: number }[]> {
    const { processes } = await this.get<{
      processes: { pid: number; role: string; state: string; worker: number }[];
    }>("/workers");
    return processes;
  }
}

export const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};
