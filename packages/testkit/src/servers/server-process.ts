import { spawn, type ChildProcess } from "node:child_process";
import { existsSync, openSync, closeSync, readFileSync } from "node:fs";
import { sleep } from "@barrage/kernel";
import type { Context } from "@barrage/kernel";

/** Ends the server with the process that started it, however that ends. Only Linux has it: elsewhere a run that is killed leaves it. */
const WITH_PARENT = "/usr/bin/setpriv";

/** One server of another project that a test has started. Its output goes to a file. */
export class ServerProcess {
  readonly name: string;
  private readonly command: readonly [string, ...string[]];
  private readonly logPath: string;
  private child: ChildProcess | undefined;
  private exited: Promise<void> = Promise.resolve();
  private isFrozen = false;

  constructor(name: string, command: readonly [string, ...string[]], logPath: string) {
    this.name = name;
    this.command = command;
    this.logPath = logPath;
  }

  get pid(): number | undefined {
    return this.child?.pid;
  }

  get isRunning(): boolean {
    return this.child !== undefined;
  }

  start(): void {
    if (this.child !== undefined) throw new Error(`${this.name} runs already`);
    const out = openSync(this.logPath, "a");
    const wrapped = existsSync(WITH_PARENT)
      ? [WITH_PARENT, "--pdeathsig", "KILL", ...this.command]
      : this.command;
    const child = spawn(wrapped[0], wrapped.slice(1), { stdio: ["ignore", out, out] });
    closeSync(out);
    this.child = child;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.exited = promise;
    const over = (): void => {
      this.child = undefined;
      this.isFrozen = false;
      resolve();
    };
    child.once("exit", over);
    child.once("error", over);
  }

  /** As when the machine's owner pulls the plug of this one process. */
  async kill(): Promise<void> {
    this.child?.kill("SIGKILL");
    await this.exited;
  }

  /** Holds it as it is, with its connections open, until `thaw`. */
  freeze(): void {
    this.child?.kill("SIGSTOP");
    this.isFrozen = true;
  }

  thaw(): void {
    this.child?.kill("SIGCONT");
    this.isFrozen = false;
  }

  /** SIGTERM, and SIGKILL when it has not ended after `graceMs`. */
  async stop(graceMs: number, ctx: Context): Promise<void> {
    if (this.isFrozen) this.thaw();
    this.child?.kill("SIGTERM");
    using waiting = ctx.cancellable({ name: "server stop" });
    // Cancelling is how the wait ends when the server is the first to end.
    const late = sleep(graceMs, waiting).then(
      () => this.child?.kill("SIGKILL"),
      () => undefined,
    );
    await this.exited;
    waiting.cancel();
    await late;
  }

  /** The last of what it printed, for a failure's message. */
  tail(bytes = 4_000): string {
    return existsSync(this.logPath) ? readFileSync(this.logPath, "utf8").slice(-bytes) : "";
  }
}
