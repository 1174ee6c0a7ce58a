import { sleep } from "@barrage/kernel";
import type { Context } from "@barrage/kernel";
import { whileLive } from "../run/while-live.ts";
import { ClockEstimate } from "./clock-estimate.ts";

/** Questions before the run, one after the other: the quickest answers narrow the bound. */
const FIRST_QUESTIONS = 16;
/** Questions at a time during the run, and how often; the clocks part by 0.6 ms meanwhile at most. */
const FURTHER_QUESTIONS = 4;
const QUESTIONS_EVERY_MS = 1_000;

/** Asks the controller for the time, before the run and all along it. */
export class ClockFollower {
  readonly estimate: ClockEstimate;
  readonly #ctx: Context;
  readonly #ask: (asked: number) => void;
  #waiting: PromiseWithResolvers<void> | undefined;

  /** `ask` sends the question; whoever gets the answer calls `answered`. */
  constructor(ask: (asked: number) => void, ctx: Context) {
    this.#ask = ask;
    this.#ctx = ctx;
    this.estimate = new ClockEstimate(() => ctx.clock.now());
  }

  answered(asked: number, theirs: number): void {
    this.estimate.add({ asked, theirs, answered: this.#ctx.clock.now() });
    this.#waiting?.resolve();
  }

  async begin(): Promise<void> {
    await this.#questions(FIRST_QUESTIONS, this.#ctx);
  }

  /** Goes on until cancelled. */
  async follow(ctx: Context): Promise<void> {
    for (;;) {
      await sleep(QUESTIONS_EVERY_MS, ctx);
      await this.#questions(FURTHER_QUESTIONS, ctx);
    }
  }

  async #questions(count: number, ctx: Context): Promise<void> {
    for (let asked = 0; asked < count; asked += 1) {
      this.#waiting = Promise.withResolvers<void>();
      this.#ask(this.#ctx.clock.now());
      await whileLive(this.#waiting.promise, ctx);
    }
  }
}
