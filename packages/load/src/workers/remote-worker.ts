import type { Context } from "@barrage/kernel";
import { loadError } from "../errors.ts";
import { machineOffsetMs } from "../run/run-clock.ts";
import type { AudienceVerdict } from "../run/audience-verdict.ts";
import type { StartWorker, WorkerAssignment, WorkerPort } from "../run/worker-port.ts";
import { whileLive } from "../run/while-live.ts";
import type { Link } from "./link.ts";
import type { Order, ToController, ToWorker } from "./messages.ts";
import { packAcks, unpackAcks, unpackError } from "./packing.ts";

export type WorkerLink = Link<ToController, ToWorker>;

/** A worker behind a link, before it has a plan. */
export interface LinkedWorker {
  readonly link: WorkerLink;
  /** For people. */
  readonly name: string;
  /** Is it on this machine, and so of the same monotonic clock? */
  readonly sharesClock: boolean;
  /** What more there is to say of why it went: its last words. */
  readonly lastWords?: () => string;
  /** Ends what else belongs to it, when the link is closed. */
  readonly close?: () => Promise<void>;
}

type Call = PromiseWithResolvers<AudienceVerdict | undefined>;

/** For its last figures; then a worker is left alone. */
const END_MS = 5_000;

/** The controller's end of a worker in another process. */
class RemoteWorker implements WorkerPort {
  readonly #worker: LinkedWorker;
  readonly #assignment: WorkerAssignment;
  readonly #ctx: Context;
  readonly #calls = new Map<number, Call>();
  #lastCall = 0;
  #lost: Error | undefined;

  constructor(worker: LinkedWorker, assignment: WorkerAssignment, ctx: Context) {
    this.#worker = worker;
    this.#assignment = assignment;
    this.#ctx = ctx;
    worker.link.listen({
      message: (message) => this.#hear(message),
      ended: (reason) => this.#end(reason),
    });
    const { plan, part } = assignment;
    worker.link.send({ type: "plan", plan, part, sharesClock: worker.sharesClock });
  }

  async connect(): Promise<void> {
    await this.#order({ do: "connect" });
  }

  async send(startAt: number): Promise<void> {
    await this.#order({ do: "send", startAt });
  }

  stop(withinMs?: number): void {
    this.#worker.link.send({ type: "stop", ...(withinMs === undefined ? {} : { withinMs }) });
  }

  learn(acks: Parameters<WorkerPort["learn"]>[0]): void {
    this.#worker.link.send({ type: "learn", acks: packAcks(acks) });
  }

  async drain(withinMs: number): Promise<AudienceVerdict> {
    const verdict = await this.#order({ do: "drain", withinMs });
    if (verdict === undefined) throw this.#loss("it did not say what its viewers got");
    return verdict;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    using patience = this.#ctx.cancellable({ timeout: END_MS });
    try {
      await whileLive(this.#order({ do: "end" }), patience);
    } catch {
      // It is gone, or does not answer: what it told until now is all there is, and the report says so.
    }
    await this.#worker.link[Symbol.asyncDispose]();
    await this.#worker.close?.();
  }

  #order(order: Order): Promise<AudienceVerdict | undefined> {
    if (this.#lost !== undefined) return Promise.reject(this.#lost);
    const id = (this.#lastCall += 1);
    const call: Call = Promise.withResolvers();
    this.#calls.set(id, call);
    this.#worker.link.send({ type: "order", id, order });
    return call.promise;
  }

  #hear(message: ToController): void {
    const { events } = this.#assignment;
    switch (message.type) {
      case "done":
        return this.#settle(message.id)?.resolve(message.verdict);
      case "failed":
        return this.#settle(message.id)?.reject(unpackError(message.failure, this.#worker.name));
      case "second":
        return events.second(message.delta);
      case "acks":
        return events.acks(unpackAcks(message.acks));
      case "clock":
        return events.clock(message);
      case "time": {
        const { clock } = this.#ctx;
        const theirs = clock.now() + machineOffsetMs(clock);
        return this.#worker.link.send({ type: "time", asked: message.asked, theirs });
      }
      default:
    }
  }

  #settle(id: number): Call | undefined {
    const call = this.#calls.get(id);
    this.#calls.delete(id);
    return call;
  }

  #end(reason: string): void {
    this.#lost = this.#loss(reason);
    for (const call of this.#calls.values()) call.reject(this.#lost);
    this.#calls.clear();
  }

  #loss(reason: string): Error {
    const { name, lastWords } = this.#worker;
    const words = lastWords?.() ?? "";
    return loadError("LOAD_WORKER_LOST", {
      worker: name,
      reason: words === "" ? reason : `${reason}: ${words}`,
    });
  }
}

/** Gives a plan to a worker behind a link. */
export const remoteWorker =
  (worker: LinkedWorker): StartWorker =>
  (assignment, ctx) =>
    new RemoteWorker(worker, assignment, ctx);
