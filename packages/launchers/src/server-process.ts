import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { closeSync, existsSync, openSync, readFileSync, statSync } from "node:fs";
import { sleep } from "@barrage/kernel";
import type { Context } from "@barrage/kernel";

/** Ends the server with the process that started it, however that ends. Only Linux has it: elsewhere a run that is killed leaves it. */
const WITH_PARENT = "/usr/bin/setpriv";
const SAID_CHARACTERS = 4_000;

/** How a server's process is started. */
export interface ServerCommand {
  /** For messages: `kafka 1`. */
  readonly name: string;
  readonly program: string;
  readonly args: readonly string[];
  /** Gets what it prints, after what is there. */
  readonly logPath: string;
  readonly cwd?: string;
  /** Absent: that of this process. */
  readonly env?: Readonly<Record<string, string>>;
  /** Absent: as this process. */
  readonly user?: { readonly uid: number; readonly gid: number };
}

/**
 * One server of another project as a process of ours.
 *
 * Shape      not running, `start`, running; it may end by itself. A group of its own: a terminal's Ctrl+C does not reach it.
 */
export class ServerProcess {
  private readonly command: ServerCommand;
  private child: ChildProcess | undefined;
  private over: Promise<string> = Promise.resolve("it was not started");
  private isFrozen = false;
  private logStart = 0;

  constructor(command: ServerCommand) {
    this.command = command;
  }

  get name(): string {
    return this.command.name;
  }

  get pid(): number | undefined {
    return this.child?.pid;
  }

  get isRunning(): boolean {
    return this.child !== undefined;
  }

  /** Resolves when it runs no more, at once when it does not run; to how it ended: `code 0`, `SIGKILL`, or why it did not start. */
  get ended(): Promise<string> {
    return this.over;
  }

  start(): void {
    const { name, program, args, logPath, cwd, env, user } = this.command;
    if (this.child !== undefined) throw new Error(`${name} runs already`);
    const out = openSync(logPath, "a", 0o600);
    this.logStart = statSync(logPath).size;
    const guard = existsSync(WITH_PARENT) ? [WITH_PARENT, "--pdeathsig", "KILL"] : [];
    const [file = program, ...words] = [...guard, program, ...args];
    const child = spawn(file, words, {
      stdio: ["ignore", out, out],
      detached: true,
      ...(cwd === undefined ? {} : { cwd }),
      ...(env === undefined ? {} : { env }),
      ...user,
    });
    closeSync(out);
    this.child = child;
    const { promise, resolve } = Promise.withResolvers<string>();
    this.over = promise;
    const end = (how: string): void => {
      this.child = undefined;
      this.isFrozen = false;
      resolve(how);
    };
    child.once("exit", (code, signal) => end(signal ?? `code ${code}`));
    child.once("error", (error) => end(error.message));
  }

  /** As when the machine's owner pulls the plug of this one process. */
  async kill(): Promise<void> {
    this.child?.kill("SIGKILL");
    await this.over;
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

  /** Asks it to end, and kills it when it has not after `graceMs`. */
  async stop(graceMs: number, ctx: Context, signal: NodeJS.Signals = "SIGTERM"): Promise<void> {
    if (this.isFrozen) this.thaw();
    this.child?.kill(signal);
    using waiting = ctx.cancellable({ name: "server stop" });
    // Cancelling is how the wait ends when the server is the first to end.
    const late = sleep(graceMs, waiting).then(
      () => this.child?.kill("SIGKILL"),
      () => undefined,
    );
    await this.over;
    waiting.cancel();
    await late;
  }

  /** The last of what it printed since its start, for a failure's message. */
  tail(characters = SAID_CHARACTERS): string {
    const { logPath } = this.command;
    if (!existsSync(logPath)) return "";
    return readFileSync(logPath).subarray(this.logStart).toString("utf8").slice(-characters);
  }
}
