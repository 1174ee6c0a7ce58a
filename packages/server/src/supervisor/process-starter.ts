import { fork } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import cluster from "node:cluster";
import type { ChildListener, ChildProcessHandle, ProcessStarter } from "./control-port.ts";

export interface ProgramOptions {
  /** The file that is run as each process. */
  readonly file: string;
  readonly args: readonly string[];
  /** Their environment; absent: this process's own. */
  readonly env?: Readonly<Record<string, string | undefined>>;
}

export type SpareListener = (pid: number, message: unknown) => void;

export interface StarterOptions extends ProgramOptions {
  /** The kernel spreads connections over listeners of one port; else workers share a listener by the cluster module. */
  readonly reusePort: boolean;
  /** Keeps one process that is loaded and waits to be told what it is: loading takes most of the time of a start. */
  readonly spare: boolean;
  /** Hears what the spare one says while it waits. */
  readonly onSpare?: SpareListener;
}

/** Output of the processes goes where this one's goes. */
const STDIO: ("ignore" | "inherit" | "ipc")[] = ["ignore", "inherit", "inherit", "ipc"];

/**
 * Starts processes, and keeps a spare one.
 *
 * Shape      where workers share a listener they are processes of the cluster module, and the spare can only become a
 *            worker; else all are alike.
 */
export class ForkStarter implements ProcessStarter {
  private readonly options: StarterOptions;
  private ahead: Child | undefined;
  private isClosed = false;

  constructor(options: StarterOptions) {
    this.options = options;
  }

  start(role: "owner" | "worker", listener: ChildListener): ChildProcessHandle {
    const { ahead } = this;
    const fits = this.options.reusePort || role === "worker";
    if (!fits || ahead?.isAlive !== true) return this.fork(role).adopt(listener);
    this.ahead = undefined;
    return ahead.adopt(listener);
  }

  get spare(): { readonly pid: number; readonly isReady: boolean } | undefined {
    const { ahead } = this;
    return ahead?.isAlive === true ? { pid: ahead.pid, isReady: ahead.isWaiting } : undefined;
  }

  prepare(): void {
    if (this.isClosed || !this.options.spare || this.ahead?.isAlive === true) return;
    this.ahead = this.fork("worker", this.options.onSpare);
  }

  async close(): Promise<void> {
    this.isClosed = true;
    await this.ahead?.dismiss();
    this.ahead = undefined;
  }

  private fork(role: "owner" | "worker", onEarly?: SpareListener): Child {
    const { file, args, env, reusePort } = this.options;
    if (reusePort || role === "owner") {
      const own = env === undefined ? {} : { env };
      return new Child(fork(file, [...args], { stdio: STDIO, ...own }), onEarly);
    }
    cluster.setupPrimary({ exec: file, args: [...args], stdio: STDIO });
    return new Child(cluster.fork(env).process, onEarly);
  }
}

/** A process from its fork to its end, whoever listens to it. */
class Child implements ChildProcessHandle {
  readonly pid: number;
  private readonly child: ChildProcess;
  private readonly early: unknown[] = [];
  private readonly end = Promise.withResolvers<void>();
  private listener: ChildListener | undefined;
  private exit: readonly [number | null, string | null] | undefined;
  private isConnected = true;
  private hasEnded = false;

  constructor(child: ChildProcess, onEarly?: SpareListener) {
    this.child = child;
    this.pid = child.pid ?? 0;
    child.on("message", (message) => {
      if (this.listener !== undefined) return this.listener.message(message);
      this.early.push(message);
      onEarly?.(this.pid, message);
    });
    child.on("disconnect", () => {
      this.isConnected = false;
      this.tell();
    });
    child.on("exit", (code, signal) => {
      this.exit = [code, signal];
      this.tell();
    });
    // It could not be started, or a message could not be sent: then its exit follows, or has been.
    child.on("error", () => {
      if (child.pid !== undefined) return;
      this.isConnected = false;
      this.exit ??= [null, null];
      this.tell();
    });
  }

  get isAlive(): boolean {
    return this.exit === undefined && this.isConnected;
  }

  /** Has it said that it is loaded? */
  get isWaiting(): boolean {
    return this.isAlive && this.early.length > 0;
  }

  adopt(listener: ChildListener): this {
    this.listener = listener;
    return this;
  }

  begin(): void {
    for (const message of this.early.splice(0)) this.listener?.message(message);
  }

  send(message: unknown): void {
    if (this.child.connected) this.child.send(message as object, () => undefined);
  }

  kill(): void {
    this.child.kill("SIGKILL");
  }

  /** Nobody needs it: a process whose supervisor says goodbye ends. */
  dismiss(): Promise<void> {
    if (this.child.connected) this.child.disconnect();
    return this.hasEnded ? Promise.resolve() : this.end.promise;
  }

  private tell(): void {
    // What it said last may be read only after its exit was seen.
    if (this.exit === undefined || this.isConnected || this.hasEnded) return;
    this.hasEnded = true;
    this.end.resolve();
    this.listener?.exited(...this.exit);
  }
}
