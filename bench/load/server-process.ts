import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { NO_LIMITS } from "../../tests/support/no-limits.ts";
import { canPin, CORES, onCore } from "./pinned.ts";
import { figuresOf } from "./process-stat.ts";
import type { ProcessFigures } from "./process-stat.ts";

const MAIN = fileURLToPath(new URL("../../apps/cli/src/main.ts", import.meta.url));

export interface Pinning {
  /** false: the scheduler places server and generator where it likes. */
  readonly pin?: boolean;
  /** Folder for a CPU profile of the server, written when it ends. */
  readonly profileInto?: string;
}

export interface ProcessOptions extends Pinning {
  /** Variables beside this process's own. */
  readonly env?: Readonly<Record<string, string>>;
}

/** A server under test in a process of its own, gone after use. */
export interface BenchServer extends AsyncDisposable {
  readonly host: string;
  readonly port: number;
  /** Was it kept on a core of its own? */
  readonly isPinned: boolean;
  /** Of all its processes, since it started. */
  figures(): ProcessFigures;
}

/** Runs a program that says `listens on http://HOST:PORT` when it does, and ends on SIGTERM. */
export async function startServerProcess(
  command: readonly string[],
  { pin = true, env = {}, profileInto }: ProcessOptions = {},
): Promise<BenchServer> {
  const isPinned = pin && canPin();
  const profiling = profileInto === undefined ? [] : ["--cpu-prof", `--cpu-prof-dir=${profileInto}`];
  const whole = [process.execPath, ...profiling, ...command];
  const [program = "", ...args] = isPinned ? onCore(CORES.server, whole) : whole;
  const child = spawn(program, args, {
    env: { ...process.env, ...env },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const ended = new Promise((resolve) => void child.once("close", resolve));
  const { host, port } = await listening(child);
  return {
    host,
    port,
    isPinned,
    figures: () => figuresOf(child.pid ?? 0),
    async [Symbol.asyncDispose]() {
      child.kill("SIGTERM");
      await ended;
    },
  };
}

/** `barrage serve` with rate limits off, on a data folder of its own. */
export async function startBarrage(flags: readonly string[], pinning: Pinning = {}): Promise<BenchServer> {
  const data = mkdtempSync(join(tmpdir(), "barrage-bench-"));
  const command = [MAIN, "serve", "--port", "0", "--no-demo", "--data", data, ...NO_LIMITS, ...flags];
  const own = ["--server.connections-per-address=100000", "--telemetry.log-level=warn"];
  const server = await startServerProcess([...command, ...own], pinning);
  return {
    ...server,
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]();
      rmSync(data, { recursive: true, force: true });
    },
  };
}

async function listening(child: ChildProcess): Promise<{ host: string; port: number }> {
  if (child.stdout === null) throw new Error("the server's output is not piped");
  for await (const line of createInterface({ input: child.stdout })) {
    const found = /listens on http:\/\/([^:]+):(\d+)/.exec(line);
    if (found?.[1] === undefined) continue;
    // The rest must still be read, or the server blocks when the pipe is full.
    child.stdout.resume();
    return { host: found[1], port: Number(found[2]) };
  }
  throw new Error("the server ended before it listened");
}
