import { spawn, type ChildProcess } from "node:child_process";
import { environmentWithoutOurs } from "./environment.ts";

const ADDRESS = /http:\/\/127\.0\.0\.1:\d+/;
const OUTPUT_LIMIT_CHARS = 20_000;

/** A `barrage serve` in a process group of its own, so that whatever it started ends with it. */
export class ServerProcess implements AsyncDisposable {
  private readonly child: ChildProcess;
  private readonly exited: Promise<number | null>;
  private output = "";
  private heard = Promise.withResolvers<void>();

  constructor(command: readonly string[], options: { cwd: string; env?: NodeJS.ProcessEnv }) {
    const [program = "", ...args] = command;
    const env = options.env ?? environmentWithoutOurs();
    this.child = spawn(program, args, { ...options, env, detached: true, stdio: ["ignore", "pipe", "pipe"] });
    this.exited = new Promise((resolve, reject) => {
      this.child.once("error", reject);
      this.child.once("exit", (code) => resolve(code));
    });
    for (const stream of [this.child.stdout, this.child.stderr]) {
      stream?.setEncoding("utf8").on("data", (chunk: string) => this.hear(chunk));
    }
    this.child.once("close", () => this.hear(""));
  }

  /** The address it prints once it listens. Fails with its output when it ends before. */
  async address(): Promise<string> {
    for (;;) {
      const found = ADDRESS.exec(this.output)?.[0];
      if (found !== undefined) return found;
      if (this.child.exitCode !== null || this.child.signalCode !== null) {
        throw new Error(`the server ended with ${this.child.exitCode}:\n${this.output}`);
      }
      await this.heard.promise;
    }
  }

  /** Asks it to end, and gives its exit code. */
  async stop(): Promise<number | null> {
    this.child.kill("SIGTERM");
    return await this.exited;
  }

  get pid(): number {
    return this.child.pid ?? 0;
  }

  get printed(): string {
    return this.output;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      process.kill(-(this.child.pid ?? Number.NaN), "SIGKILL");
    } catch {
      // ESRCH: the group has ended
    }
    await this.exited;
  }

  private hear(chunk: string): void {
    this.output = (this.output + chunk).slice(-OUTPUT_LIMIT_CHARS);
    this.heard.resolve();
    this.heard = Promise.withResolvers();
  }
}
