import type { SecondDelta, StartWorker, WorkerPort } from "@barrage/load";
import { CommonStart } from "./common-start.ts";

/**
 * Several runs of the load generator that meet in the same rooms. Each is told what the others had acknowledged, so that
 * its viewers are expected to have it; all begin to send at the same moment.
 *
 * Shape      as many members as `parties` says, each with one worker.
 */
export class Exchange {
  readonly #ports = new Set<WorkerPort>();
  readonly #start: CommonStart;

  constructor(parties: number) {
    this.#start = new CommonStart(parties);
  }

  /** A worker as a member; `onSecond` hears each of its seconds. */
  member(start: StartWorker, onSecond?: (delta: SecondDelta) => void): StartWorker {
    const together = this.#start.member(start, onSecond);
    return ({ events, ...assignment }, ctx) => {
      const acks: typeof events.acks = (told) => {
        events.acks(told);
        for (const other of this.#ports) if (other !== port) other.learn(told);
      };
      const port = together({ ...assignment, events: { ...events, acks } }, ctx);
      this.#ports.add(port);
      return {
        ...port,
        [Symbol.asyncDispose]: () => {
          this.#ports.delete(port);
          return port[Symbol.asyncDispose]();
        },
      };
    };
  }
}
