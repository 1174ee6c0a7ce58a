import type { Context } from "../context/context.ts";
import { runBounded } from "../task/bounded.ts";
import type { Plan } from "./start-order.ts";

export type UnitState = "idle" | "starting" | "started" | "stopping" | "stopped" | "failed";

/** What is known of one provider. */
export interface UnitHealth {
  readonly name: string;
  readonly state: UnitState;
  /** Why it is unwell; undefined when it is started and well. */
  readonly reason: string | undefined;
}

/** One provider in one lifecycle: its state and its value. */
export class Unit {
  readonly plan: Plan;
  state: UnitState = "idle";
  value: unknown = undefined;

  constructor(plan: Plan) {
    this.plan = plan;
  }

  get name(): string {
    return this.plan.node.name;
  }

  /** Throws what the start threw, or the cancel error when it did not end with its context. */
  async start(valueOf: (need: Plan["node"]) => unknown, ctx: Context): Promise<void> {
    const { node, needs } = this.plan;
    const values = Object.fromEntries(needs.map(([key, need]) => [key, valueOf(need)]));
    this.state = "starting";
    const outcome = await runBounded(
      {
        name: `start ${this.name}`,
        run: (own) => node.start(values, own),
        // Nobody waits for it any more, and nobody else would end it.
        late: (value, own) => node.stop(value, own),
      },
      ctx,
    );
    this.state = "value" in outcome ? "started" : "failed";
    if ("value" in outcome) this.value = outcome.value;
    else if ("error" in outcome) throw outcome.error;
    else ctx.throwIfCancelled();
  }

  /** Throws what the stop threw, or the cancel error when it did not end with its context. */
  async stop(ctx: Context): Promise<void> {
    const { node } = this.plan;
    const { value } = this;
    this.state = "stopping";
    const outcome = await runBounded({ name: `stop ${this.name}`, run: (own) => node.stop(value, own) }, ctx);
    this.value = undefined;
    this.state = "value" in outcome ? "stopped" : "failed";
    if ("error" in outcome) throw outcome.error;
    if ("cut" in outcome) ctx.throwIfCancelled();
  }

  health(): UnitHealth {
    return { name: this.name, state: this.state, reason: this.reason() };
  }

  private reason(): string | undefined {
    if (this.state !== "started") return this.state;
    try {
      return this.plan.node.health(this.value);
    } catch {
      // Whoever asks wants to know how things are; that a part cannot even say is the answer.
      return "its health check failed";
    }
  }
}
