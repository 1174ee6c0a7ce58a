import type { Context } from "@barrage/kernel";
import type { Batch } from "./recent-window.ts";

/** Carries room batches from the router to gateways. May lose or repeat one: `prev` and `seq` show it. */
export interface Feed {
  publish(batch: Batch, ctx: Context): Promise<void>;
  /** Every batch of every room that is published from now on; the handler must not wait. */
  subscribe(handler: (batch: Batch) => void): Disposable;
}
