import type { SecondDelta, StartWorker, WorkerPort } from "@barrage/load";

/**
 * Several runs of the load generator that begin to send at the same moment, when everybody of all runs is there, and
 * of which nobody leaves before all are done: twenty thousand who leave are a load of their own.
 *
 * Shape      as many members as `parties` says, each a worker of one of the runs.
 */
export class CommonStart {
  readonly #arrivals: Meeting;
  readonly #departures: Meeting;

  constructor(parties: number) {
    this.#arrivals = new Meeting(parties);
    this.#departures = new Meeting(parties);
  }

  /** A worker as a member; `onSecond` hears each of its seconds. */
  member(start: StartWorker, onSecond: (delta: SecondDelta) => void = () => {}): StartWorker {
    return ({ events, ...assignment }, ctx) => {
      const second = (delta: SecondDelta): void => {
        onSecond(delta);
        events.second(delta);
      };
      const port = start({ ...assignment, events: { ...events, second } }, ctx);
      return {
        connect: () => this.#arrivals.after(port, () => port.connect()),
        send: (startAt) => port.send(startAt),
        stop: (withinMs) => port.stop(withinMs),
        learn: (acks) => port.learn(acks),
        drain: (withinMs) => this.#departures.after(port, () => port.drain(withinMs)),
        [Symbol.asyncDispose]: () => {
          // Whoever goes before its time must not be waited for.
          for (const meeting of [this.#arrivals, this.#departures]) meeting.reached(port);
          return port[Symbol.asyncDispose]();
        },
      };
    };
  }
}

/** Where everybody waits until all are there. */
class Meeting {
  readonly #all = Promise.withResolvers<void>();
  readonly #there = new Set<WorkerPort>();
  readonly #parties: number;

  constructor(parties: number) {
    this.#parties = parties;
    // Whoever waits learns of it.
    this.#all.promise.catch(() => {});
  }

  reached(port: WorkerPort): void {
    this.#there.add(port);
    if (this.#there.size === this.#parties) this.#all.resolve();
  }

  /** Does what comes before the meeting; where it fails, the others must not wait. */
  async after<T>(port: WorkerPort, call: () => Promise<T>): Promise<T> {
    try {
      const result = await call();
      this.reached(port);
      await this.#all.promise;
      return result;
    } catch (error) {
      this.#all.reject(error);
      throw error;
    }
  }
}
