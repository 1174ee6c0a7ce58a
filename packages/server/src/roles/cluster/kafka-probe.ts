import { Ticker } from "@barrage/kernel";
import type { Context } from "@barrage/kernel";
import { reasonOf } from "../../errors.ts";

/** How often Kafka is asked something small, and how long it may take to answer, ms. */
const ASK_EVERY_MS = 2_000;
const ANSWER_WITHIN_MS = 4_000;

/** Whether Kafka answers, in a process that may append nothing for hours. */
export class KafkaProbe {
  private readonly ask: (ctx: Context) => Promise<unknown>;
  private reason: string | undefined;

  constructor(ask: (ctx: Context) => Promise<unknown>) {
    this.ask = ask;
  }

  /** Why it does not answer; undefined while it does. */
  get away(): string | undefined {
    return this.reason;
  }

  /** Asks until cancelled. */
  async run(ctx: Context): Promise<void> {
    using ticker = new Ticker(ASK_EVERY_MS, ctx);
    for await (const _ of ticker) {
      using limit = ctx.cancellable({ timeout: ANSWER_WITHIN_MS, name: "ask Kafka" });
      try {
        await this.ask(limit);
        this.reason = undefined;
      } catch (error) {
        ctx.throwIfCancelled();
        this.reason = limit.cancelled ? "Kafka does not answer." : reasonOf(error);
      }
    }
  }
}
