import { Scope, isCancelled } from "@barrage/kernel";
import type { Context } from "@barrage/kernel";
import { Mortal } from "./mortal.ts";

/** A commit of who owns the partition no more. */
export class FencedError extends Error {
  readonly code = "KAFKA_FENCED";
}

/** One life of a process that has the partition: from when it is given to it until it stops, is killed, or is fenced. */
export class ProcessLife {
  readonly mortal: Mortal;
  isFenced = false;
  private readonly scope: Scope;

  /** `work` ends by cancelling, or when it is fenced; whatever else it throws is told to `onError`. */
  constructor(
    ctx: Context,
    work: (own: Context, mortal: Mortal) => Promise<void>,
    onError: (error: unknown) => void,
  ) {
    this.scope = new Scope(ctx, { name: "process", onError: "report" });
    this.mortal = new Mortal(this.scope.context);
    this.scope.spawn(async (own) => {
      try {
        await work(own, this.mortal);
        onError(new Error("the work ended by itself"));
      } catch (error) {
        if (error instanceof FencedError) this.isFenced = true;
        else if (!isCancelled(error) && !own.cancelled) onError(error);
      }
    });
  }

  get isOver(): boolean {
    return this.isFenced || this.mortal.isDead;
  }

  /** Told to end: what it still does has its effect. */
  async stop(): Promise<void> {
    this.mortal.goOn();
    await this.scope[Symbol.asyncDispose]();
  }

  async kill(): Promise<void> {
    this.mortal.isDead = true;
    await this.scope[Symbol.asyncDispose]();
  }
}
