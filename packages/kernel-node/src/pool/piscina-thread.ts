import { fileURLToPath } from "node:url";
import type { Worker } from "node:worker_threads";
import { background } from "@barrage/kernel";
import type { CancellableContext, Context } from "@barrage/kernel";
import { Piscina } from "piscina";
import type { PoolWorker, WorkerEvents } from "./worker.ts";

/** Longest wait for a thread's file to be loaded before the thread is ended all the same, ms: one that hangs does so for ever. */
const LOADING_MS = 5_000;

/**
 * One worker thread: a Piscina of exactly one thread. Piscina starts it, hands jobs over and settles them; its own
 * queue, choice and replacement of workers stay unused, because they know nothing of a worker's health.
 *
 * Source     docs/adr/0006-dependencies.md
 */
export class PiscinaThread<I, O> implements PoolWorker<I, O> {
  readonly endsToStop = true;
  dead = false;
  ready = false;
  private readonly piscina: Piscina<I, O>;
  private readonly thread: Worker | undefined;
  private readonly exited: Promise<void>;
  private readonly events: WorkerEvents;
  private loop: ReturnType<Worker["performance"]["eventLoopUtilization"]> | undefined = undefined;
  private stopped = false;
  /** Between a stop and the end of loading. */
  private loading: CancellableContext | undefined = undefined;
  private whenLoaded: Disposable | undefined = undefined;
  private retired = false;

  constructor(file: URL, depth: number, events: WorkerEvents) {
    this.piscina = new Piscina<I, O>({
      filename: fileURLToPath(file),
      minThreads: 1,
      maxThreads: 1,
      concurrentTasksPerWorker: depth,
      idleTimeout: Infinity,
      recordTiming: false,
    });
    const { promise, resolve } = Promise.withResolvers<void>();
    this.exited = promise;
    this.thread = this.piscina.threads[0];
    this.thread?.once("exit", () => resolve());
    this.events = events;
    // The first message of a thread is Piscina's own, sent when the file is loaded.
    this.thread?.once("message", this.begun);
    // What an idle thread throws is told here too; its end is what matters, and that is told by the next event.
    this.piscina.on("error", () => undefined);
    this.piscina.once("workerDestroy", () => {
      this.dead = true;
      this.loading?.cancel();
      if (this.stopped) return;
      // Before Piscina starts a thread in its place; jobs it has are rejected right after this event.
      this.retire();
      events.onDeath();
    });
  }

  perform(input: I, _ctx: Context, task: string | undefined): Promise<O> {
    const answer = task === undefined ? this.piscina.run(input) : this.piscina.run(input, { name: task });
    // Answers come by another port than that message, so that the first may overtake it.
    if (!this.ready) void answer.then(this.begun, this.begun);
    return answer;
  }

  utilization(busyShare: number): number {
    const { thread, loop } = this;
    if (thread === undefined || this.dead) return 0;
    const now = thread.performance.eventLoopUtilization();
    this.loop = now;
    const { utilization } = thread.performance.eventLoopUtilization(now, loop);
    // A thread without a job waits for one inside of its loop, blocked on an atomic, which counts as activity.
    return Math.max(0, utilization - (1 - busyShare));
  }

  stop(): Promise<void> {
    this.stopped = true;
    if (this.ready || this.dead) this.retire();
    else this.stopAfterLoading();
    return this.exited;
  }

  /** A thread that is ended while it loads an ES module by `require` takes the process with it (Node 24, module_wrap.cc). */
  private stopAfterLoading(): void {
    this.loading = background.cancellable({ name: "thread loads", timeout: LOADING_MS });
    this.whenLoaded = this.loading.onCancel(() => this.retire());
  }

  private readonly begun = (): void => {
    if (this.ready || this.dead) return;
    this.ready = true;
    if (this.stopped) this.loading?.cancel();
    else this.events.onReady();
  };

  private retire(): void {
    // Once: a second call would end the state in which Piscina starts no thread in place of one that has ended.
    if (this.retired) return;
    this.retired = true;
    this.whenLoaded?.[Symbol.dispose]();
    // Its promise waits for an exit event that may be over by now; `exited` is the one to wait for.
    void this.piscina.destroy();
  }
}
