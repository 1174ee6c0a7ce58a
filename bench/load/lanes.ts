import type { HttpReply } from "./http-lane.ts";
import { HttpLane } from "./http-lane.ts";

interface Job {
  readonly request: Buffer;
  readonly done: (reply: HttpReply) => void;
}

/** A fixed number of connections; what finds none free waits in line, its clock running. */
export class Lanes {
  readonly #all: readonly HttpLane[];
  readonly #free: HttpLane[];
  readonly #line: Job[] = [];
  #next = 0;
  #busy = 0;
  #idle: (() => void) | undefined;
  /** The first thing that broke; a run with one is no result. */
  failure: unknown;

  constructor(host: string, port: number, count: number) {
    this.#all = Array.from({ length: count }, () => new HttpLane(host, port));
    this.#free = [...this.#all];
  }

  /** Requests that wait for a free connection. */
  get waiting(): number {
    return this.#line.length - this.#next;
  }

  submit(request: Buffer, done: (reply: HttpReply) => void): void {
    const lane = this.#free.pop();
    if (lane === undefined) this.#line.push({ request, done });
    else this.#run(lane, { request, done });
  }

  /** Resolves when every submitted request was answered. */
  async drained(): Promise<void> {
    if (this.#busy > 0) await new Promise<void>((resolve) => (this.#idle = resolve));
    if (this.failure !== undefined)
      throw new Error("a connection broke during the run", { cause: this.failure });
  }

  close(): void {
    for (const lane of this.#all) lane.close();
  }

  #run(lane: HttpLane, job: Job): void {
    this.#busy += 1;
    lane.send(job.request).then(
      (reply) => {
        job.done(reply);
        this.#busy -= 1;
        this.#after(lane);
      },
      (error: unknown) => {
        this.failure ??= error;
        this.#busy -= 1;
        if (this.#busy === 0) this.#idle?.();
      },
    );
  }

  #after(lane: HttpLane): void {
    const job = this.#line[this.#next];
    if (job === undefined) {
      this.#free.push(lane);
      if (this.#busy === 0) this.#idle?.();
      return;
    }
    this.#next += 1;
    this.#run(lane, job);
  }
}
