import { Scope } from "@barrage/kernel";
import type { Context } from "@barrage/kernel";
import { loadError } from "../errors.ts";
import type { AudienceVerdict } from "../run/audience-verdict.ts";
import { startWorker } from "../run/local-worker.ts";
import { sharedClock } from "../run/run-clock.ts";
import type { WorkerEvents, WorkerPort } from "../run/worker-port.ts";
import { ClockFollower } from "./clock-follower.ts";
import type { Link } from "./link.ts";
import type { Order, ToController, ToWorker } from "./messages.ts";
import { packAcks, packError, unpackAcks } from "./packing.ts";

type ControllerLink = Link<ToWorker, ToController>;

/**
 * One run of a worker that is in another process than its controller: does what the link orders, tells each second what
 * there is, and follows the run's clock where that is another machine's.
 */
export class WorkerSession {
  readonly #link: ControllerLink;
  readonly #ctx: Context;
  readonly #tasks: Scope;
  readonly #ended = Promise.withResolvers<void>();
  #worker: WorkerPort | undefined;
  #clock: ClockFollower | undefined;
  /** What kept the worker from being made: the answer to every order. */
  #failure: unknown;
  #isOver = false;

  constructor(link: ControllerLink, ctx: Context) {
    this.#link = link;
    this.#ctx = ctx;
    this.#tasks = new Scope(ctx, { name: "worker session" });
  }

  /** Resolves when the controller has ended the run. Errors: LOAD_CONTROLLER_LOST, the cancel error. */
  async run(): Promise<void> {
    using _ = this.#ctx.onCancel(() => this.#ended.resolve());
    this.#link.listen({
      message: (message) => this.#obey(message),
      ended: (reason) => {
        if (this.#isOver) this.#ended.resolve();
        else this.#ended.reject(loadError("LOAD_CONTROLLER_LOST", { reason }));
      },
    });
    try {
      await this.#ended.promise;
      this.#ctx.throwIfCancelled();
    } finally {
      // What is under way waits for the worker, which ends it.
      this.#tasks.cancel();
      await this.#worker?.[Symbol.asyncDispose]();
      await this.#tasks[Symbol.asyncDispose]();
    }
  }

  #obey(message: ToWorker): void {
    switch (message.type) {
      case "plan":
        return this.#begin(message);
      case "order":
        this.#tasks.spawn(() => this.#answer(message.id, message.order), { name: message.order.do });
        return;
      case "stop":
        return this.#worker?.stop(message.withinMs);
      case "learn":
        return this.#worker?.learn(unpackAcks(message.acks));
      case "time":
        return this.#clock?.answered(message.asked, message.theirs);
      default:
    }
  }

  #begin({ plan, part, sharesClock }: Extract<ToWorker, { type: "plan" }>): void {
    const link = this.#link;
    const events: WorkerEvents = {
      second: (delta) => link.send({ type: "second", delta }),
      acks: (acks) => link.send({ type: "acks", acks: packAcks(acks) }),
      clock({ offsetMs, errorMs }) {
        // Before the first answer nothing is known of it.
        if (errorMs < Infinity) link.send({ type: "clock", offsetMs, errorMs });
      },
    };
    if (!sharesClock)
      this.#clock = new ClockFollower((asked) => link.send({ type: "time", asked }), this.#tasks.context);
    const clock = this.#clock?.estimate ?? sharedClock(this.#ctx.clock);
    try {
      this.#worker = startWorker({ plan, part, events }, clock, this.#ctx);
    } catch (error) {
      this.#failure = error;
    }
  }

  async #answer(id: number, order: Order): Promise<void> {
    try {
      const verdict = await this.#do(order);
      this.#link.send({ type: "done", id, ...(verdict === undefined ? {} : { verdict }) });
    } catch (error) {
      this.#link.send({ type: "failed", id, failure: packError(error) });
    }
  }

  async #do(order: Order): Promise<AudienceVerdict | undefined> {
    const worker = this.#worker;
    if (worker === undefined) throw this.#failure;
    switch (order.do) {
      case "connect": {
        const clock = this.#clock;
        await clock?.begin();
        if (clock !== undefined) this.#tasks.spawn((ctx) => clock.follow(ctx), { name: "clock" });
        await worker.connect();
        return undefined;
      }
      case "send":
        await worker.send(order.startAt);
        return undefined;
      case "drain":
        return await worker.drain(order.withinMs);
      case "end":
        this.#isOver = true;
        this.#worker = undefined;
        await worker[Symbol.asyncDispose]();
        return undefined;
    }
  }
}
