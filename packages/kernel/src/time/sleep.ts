import type { Context } from "../context/context.ts";
import { nodeOf } from "../context/context-node.ts";
import { background } from "../context/root.ts";
import { InvalidArgumentError } from "../errors.ts";
import { Parked, type Waitable } from "../parked.ts";
import type { Clock, TimerHandle } from "./clock.ts";

class Sleep implements Waitable<object> {
  readonly wait = new Parked<void>(this, undefined);
  private readonly clock: Clock;
  private readonly timer: TimerHandle;

  constructor(clock: Clock, ms: number) {
    this.clock = clock;
    this.timer = clock.setTimer(ms, () => this.wait.resolve());
  }

  abandoned(): void {
    this.clock.clearTimer(this.timer);
  }
}

/**
 * Waits for a span of the context's clock; ends early with the cancel error when the context is cancelled.
 *
 * Units      ms, 0 or more; 0 still goes through a timer.
 */
export function sleep(ms: number, ctx: Context = background): Promise<void> {
  if (!(ms >= 0)) return Promise.reject(new InvalidArgumentError("ms", "0 or more", ms));
  const node = nodeOf(ctx);
  const refused = node.cancelError;
  if (refused !== undefined) return Promise.reject(refused);
  const { wait: sleeping } = new Sleep(node.clock, ms);
  sleeping.park(node, "sleep", `${ms} ms`);
  return sleeping.promise;
}
