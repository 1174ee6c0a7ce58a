import { Worker } from "node:worker_threads";
import type { BarrageError } from "@barrage/protocol";
import { storeError } from "../errors.ts";
import type { StoreErrorCode } from "../errors.ts";
import { CLOSE_OPERATION, OPENED } from "./messages.ts";
import type { Operations, Reply } from "./messages.ts";

interface Waiting {
  readonly resolve: (value: never) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Calls that may wait for one thread. A call takes the thread some 0.1 to 10 ms, so this is at most seconds of work;
 * more callers than that are better told at once.
 */
const CALLS_MAX = 256;

// Beside this file, with this file's ending: `.ts` as it is written, `.js` as it is published.
const ENDING = import.meta.url.endsWith(".ts") ? ".ts" : ".js";

/**
 * One SQLite file and the thread that owns it.
 *
 * Shape      calls run one after another in the order they were made; a reply comes back for each.
 * Bounds     at most CALLS_MAX calls wait; one more is refused with STORE_BUSY (`push` is for the few that may not be).
 * Errors     STORE_ codes. When the thread ends unasked, all that wait fail with STORE_THREAD_DIED, and later calls too.
 */
export class DatabaseThread<O extends Operations> {
  readonly path: string;
  private readonly worker: Worker;
  private readonly waiting = new Map<number, Waiting>();
  private readonly exited: Promise<void>;
  private nextId = OPENED;
  private ended: BarrageError<StoreErrorCode> | undefined = undefined;
  private closing: Promise<void> | undefined = undefined;
  private deathListener: ((error: BarrageError<StoreErrorCode>) => void) | undefined = undefined;

  private constructor(worker: Worker, path: string) {
    this.worker = worker;
    this.path = path;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.exited = promise;
    worker.on("message", (reply: Reply) => this.settle(reply));
    worker.on("messageerror", (error) => this.end(error.message));
    worker.on("error", (error) => this.end(error instanceof Error ? error.message : String(error)));
    worker.on("exit", (code) => {
      this.end(`exit code ${code}`);
      resolve();
    });
  }

  /** Starts the thread of `entry` (a file of this package, without its ending) and waits until it has the file open. */
  static async open<O extends Operations>(
    entry: string,
    options: { readonly path: string },
  ): Promise<DatabaseThread<O>> {
    const worker = new Worker(new URL(`../${entry}${ENDING}`, import.meta.url), { workerData: options });
    const thread = new DatabaseThread<O>(worker, options.path);
    try {
      await thread.expectReply();
      return thread;
    } catch (error) {
      await thread.kill();
      throw error;
    }
  }

  /** Calls `listener` once if the thread ends without `close`. */
  onDeath(listener: (error: BarrageError<StoreErrorCode>) => void): void {
    this.deathListener = listener;
  }

  call<K extends keyof O & string>(operation: K, ...args: Parameters<O[K]>): Promise<ReturnType<O[K]>> {
    if (this.waiting.size >= CALLS_MAX) return Promise.reject(storeError("STORE_BUSY", { path: this.path }));
    return this.push(operation, ...args);
  }

  /** `call` without the bound, for callers that never have more than one on the way. */
  push<K extends keyof O & string>(operation: K, ...args: Parameters<O[K]>): Promise<ReturnType<O[K]>> {
    if (this.ended !== undefined) return Promise.reject(this.ended);
    if (this.closing !== undefined) return Promise.reject(storeError("STORE_CLOSED", { path: this.path }));
    return this.post(operation, args);
  }

  /** Ends the thread after everything called before; final and idempotent. */
  close(): Promise<void> {
    return (this.closing ??= this.finish());
  }

  /** Ends the thread at once, in the middle of whatever it does, as a crash would. */
  async kill(): Promise<void> {
    await this.worker.terminate();
    await this.exited;
  }

  private async finish(): Promise<void> {
    // A file that cannot be closed in good order is recovered when it is opened next; the thread ends all the same.
    if (this.ended === undefined) await this.post(CLOSE_OPERATION, []).catch(() => undefined);
    await this.exited;
  }

  private post<T>(operation: string, args: readonly unknown[]): Promise<T> {
    const reply = this.expectReply<T>();
    this.worker.postMessage({ id: this.nextId - 1, operation, args });
    return reply;
  }

  private expectReply<T>(): Promise<T> {
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    this.waiting.set(this.nextId, { resolve, reject });
    this.nextId += 1;
    return promise;
  }

  private settle(reply: Reply): void {
    const waiting = this.waiting.get(reply.id);
    if (waiting === undefined) return;
    this.waiting.delete(reply.id);
    if ("fault" in reply) waiting.reject(storeError(reply.fault.code, reply.fault.fields));
    else waiting.resolve(reply.value as never);
  }

  private end(reason: string): void {
    if (this.ended !== undefined) return;
    const { path } = this;
    if (this.closing !== undefined && this.waiting.size === 0) {
      this.ended = storeError("STORE_CLOSED", { path });
      return;
    }
    const error = storeError("STORE_THREAD_DIED", { path, reason });
    this.ended = error;
    const left = [...this.waiting.values()];
    this.waiting.clear();
    for (const { reject } of left) reject(error);
    this.deathListener?.(error);
  }
}
