import type { SecondDelta, StartWorker, WorkerPort } from "@barrage/load";

/**
 * Several runs of the load generator that meet in the same rooms. Each is told what the others had acknowledged, so that
 * its viewers are expected to have it; all begin to send at the same moment.
 *
 * Shape      as many members as `parties` says, each with one worker.
 */
export class Exchange {
  readonly #ports = new Set<WorkerPort>();
  readonly #allIn = Promise.withResolvers<void>();
  #missing: number;

  constructor(parties: number) {
    this.#missing = parties;
    // Whoever waits learns of it.
    this.#allIn.promise.catch(() => {});
  }

  /** A worker as a member; `onSecond` hears each of its seconds. */
  member(start: StartWorker, onSecond: (delta: SecondDelta) => void = () => {}): StartWorker {
    return ({ events, ...assignment }, ctx) => {
      const port = start(
        {
          ...assignment,
          events: {
            ...events,
            second(delta) {
              onSecond(delta);
              events.second(delta);
            },
            acks: (acks) => {
              events.acks(acks);
              for (const other of this.#ports) if (other !== port) other.learn(acks);
            },
          },
        },
        ctx,
      );
      this.#ports.add(port);
      return {
        connect: () => this.#connect(port),
        send: (startAt) => port.send(startAt),
        stop: (withinMs) => port.stop(withinMs),
        learn: (acks) => port.learn(acks),
        drain: (withinMs) => port.drain(withinMs),
        [Symbol.asyncDispose]: () => {
          this.#ports.delete(port);
          return port[Symbol.asyncDispose]();
        },
      };
    };
  }

  /** Resolves when all have connected; where one fails, the others must not wait. */
  async #connect(port: WorkerPort): Promise<void> {
    try {
      await port.connect();
    } catch (error) {
      this.#allIn.reject(error);
      throw error;
    }
    this.#missing -= 1;
    if (this.#missing === 0) this.#allIn.resolve();
    await this.#allIn.promise;
  }
}
