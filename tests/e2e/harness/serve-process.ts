import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { environmentWithoutOurs } from "../../support/environment.ts";

export const MAIN = fileURLToPath(new URL("../../../apps/cli/src/main.ts", import.meta.url));

/** A folder that is removed when the test ends. */
export function temporaryFolder(): { readonly path: string } & Disposable {
  const path = mkdtempSync(join(tmpdir(), "barrage-e2e-"));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
}

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs `barrage` to its end. */
export async function runBarrage(args: readonly string[], env = environmentWithoutOurs()): Promise<Ended> {
  const child = spawn(process.execPath, [MAIN, ...args], {
    env,
    stdio: ["ignore", "pipe", "pipe"],
  });
  return ended(child);
}

export async function ended(child: ChildProcess): Promise<Ended> {
  let [stdout, stderr] = ["", ""];
  child.stdout?.setEncoding("utf8").on("data", (text: string) => (stdout += text));
  child.stderr?.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  return new Promise((resolve) => {
    child.once("close", (code, signal) => resolve({ code, signal, stdout, stderr }));
  });
}

/** A `barrage serve` in a process of its own. Disposing it kills what is left of it. */
export class ServeProcess implements AsyncDisposable {
  readonly data: string;
  readonly ended: Promise<Ended>;
  /** Lines of stdout so far. */
  readonly lines: string[] = [];
  url = "";
  readonly #child: ChildProcess;
  readonly #awaited = new Set<{ readonly pattern: RegExp; readonly resolve: () => void }>();

  private constructor(data: string, flags: readonly string[], port: number) {
    this.data = data;
    this.#child = spawn(
      process.execPath,
      [
        MAIN,
        "serve",
        "--port",
        String(port),
        "--data",
        data,
        "--log",
        "json",
        "--telemetry.log-level",
        "warn",
        ...flags,
      ],
      { env: environmentWithoutOurs(), stdio: ["ignore", "pipe", "pipe"] },
    );
    this.ended = ended(this.#child);
  }

  /** On a port of its own unless told otherwise. Resolves when it listens; rejects with what it said when it ended instead. */
  static async start(data: string, flags: readonly string[] = [], port = 0): Promise<ServeProcess> {
    const server = new ServeProcess(data, flags, port);
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    if (server.#child.stdout === null) throw new Error("stdout is not piped");
    createInterface({ input: server.#child.stdout }).on("line", (line) => {
      server.lines.push(line);
      for (const awaited of server.#awaited) if (awaited.pattern.test(line)) awaited.resolve();
      const address = /listens on (\S+)/.exec(line)?.[1];
      if (address === undefined) return;
      server.url = address;
      resolve();
    });
    void server.ended.then(({ code, stderr }) => reject(new Error(`serve ended with ${code}: ${stderr}`)));
    await promise;
    return server;
  }

  /** Resolves when a line of stdout matches; also one that came before. */
  line(pattern: RegExp): Promise<void> {
    if (this.lines.some((line) => pattern.test(line))) return Promise.resolve();
    return new Promise((resolve) => this.#awaited.add({ pattern, resolve }));
  }

  get port(): number {
    return Number(new URL(this.url).port);
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /** The development key. */
  get key(): string {
    return readFileSync(join(this.data, "dev-issuer.key"), "utf8").trim();
  }

  /** Whoever read its stdout is gone. */
  stopReading(): void {
    this.#child.stdout?.destroy();
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** Resident memory, bytes. */
  residentBytes(): number {
    const kilobytes = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${this.pid}/status`, "utf8"))?.[1];
    return Number(kilobytes) * 1_024;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) this.kill("SIGKILL");
    await this.ended;
  }
}
