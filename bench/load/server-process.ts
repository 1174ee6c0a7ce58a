import { spawn, spawnSync } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const MAIN = fileURLToPath(new URL("../../apps/cli/src/main.ts", import.meta.url));

/** Core of the server and of the generator, where the machine lets us choose; undefined where it does not. */
const CORES = { server: 0, generator: 1 } as const;

const canPin = (): boolean => spawnSync("taskset", ["-c", "0,1", "true"], { stdio: "ignore" }).status === 0;

/** Limits far above any rate measured here: what is measured is the way, not the limiter. */
const NO_LIMITS = ["user", "room", "address"].flatMap((who) => [
  `--engine.limits.${who}.per-second=1000000`,
  `--engine.limits.${who}.burst=1000000`,
]);

export interface BenchServer extends AsyncDisposable {
  readonly host: string;
  readonly port: number;
  /** Development key: makes tokens of any role. */
  readonly key: string;
  /** Was it pinned to a core of its own? */
  readonly isPinned: boolean;
  /** What it was started with, beside the rate limits. */
  readonly flags: readonly string[];
  /** CPU seconds used so far, all threads. */
  cpuSeconds(): number;
  /** Resident memory, bytes. */
  residentBytes(): number;
}

/** Starts `barrage serve` in a process and a data folder of its own, both gone after use. */
export async function startBenchServer(
  flags: readonly string[],
  { pin = true }: { readonly pin?: boolean } = {},
): Promise<BenchServer> {
  const data = mkdtempSync(join(tmpdir(), "barrage-bench-"));
  const isPinned = pin && canPin();
  const command = [
    process.execPath,
    MAIN,
    "serve",
    "--port",
    "0",
    "--no-demo",
    "--data",
    data,
    ...NO_LIMITS,
    ...flags,
  ];
  const [program = "", ...args] = isPinned ? ["taskset", "-c", String(CORES.server), ...command] : command;
  if (isPinned)
    spawnSync("taskset", ["-acp", String(CORES.generator), String(process.pid)], { stdio: "ignore" });
  const child = spawn(program, [...args, "--telemetry.log-level=warn"], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const { host, port } = await listening(child);
  const key = readFileSync(join(data, "dev-issuer.key"), "utf8").trim();
  return {
    host,
    port,
    key,
    isPinned,
    flags,
    cpuSeconds: () => cpuSecondsOf(child),
    residentBytes: () => residentBytesOf(child),
    async [Symbol.asyncDispose]() {
      const ended = new Promise((resolve) => void child.once("exit", resolve));
      child.kill("SIGTERM");
      await ended;
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

/** Clock ticks per second of /proc on Linux, whatever the kernel's own tick. */
const TICKS_PER_SECOND = 100;
const PAGE_BYTES = 4_096;

/** Fields of /proc/pid/stat after the program's name, which may hold spaces. */
function statOf({ pid }: ChildProcess): readonly string[] {
  const stat = readFileSync(`/proc/${pid ?? 0}/stat`, "utf8");
  return stat.slice(stat.lastIndexOf(")") + 2).split(" ");
}

function cpuSecondsOf(child: ChildProcess): number {
  const fields = statOf(child);
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}

const residentBytesOf = (child: ChildProcess): number => Number(statOf(child)[21]) * PAGE_BYTES;
