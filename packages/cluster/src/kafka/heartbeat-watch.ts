import type { Clock } from "@barrage/kernel";

/** A consumer of the client as far as its heartbeats and sockets go. */
export interface Beating {
  on(
    event:
      | "consumer:heartbeat:start"
      | "consumer:heartbeat:end"
      | "consumer:heartbeat:error"
      | "consumer:heartbeat:cancel",
    listener: () => void,
  ): unknown;
  readonly connections: Iterable<readonly [string, { readonly socket: { destroy(): unknown } }]>;
}

/**
 * Notices connections of a group's member that have died without a word, by a heartbeat that stays unanswered.
 *
 * The client gives a request as much time as a join may take, which is longer than a session. A heartbeat is answered
 * at once, also in a rebalance: one that is not says that its connection is no good, and the member's others, which
 * went the same way, are not tried one after the other.
 */
export class HeartbeatWatch {
  private readonly consumer: Beating;
  private readonly clock: Pick<Clock, "now">;
  private readonly limitMs: number;
  /** When the heartbeat under way went out. */
  private askedAt: number | undefined = undefined;

  constructor(consumer: Beating, clock: Pick<Clock, "now">, limitMs: number) {
    this.consumer = consumer;
    this.clock = clock;
    this.limitMs = limitMs;
    consumer.on("consumer:heartbeat:start", () => void (this.askedAt = clock.now()));
    consumer.on("consumer:heartbeat:end", () => this.over());
    consumer.on("consumer:heartbeat:error", () => this.over());
    consumer.on("consumer:heartbeat:cancel", () => this.over());
  }

  /** The heartbeat has been answered. The client does not say so where the answer is to join anew, and a join takes its time. */
  over(): void {
    this.askedAt = undefined;
  }

  /** Cuts every connection of the member if it is time to; what was asked over them is asked again over new ones. */
  look(): void {
    if (this.askedAt === undefined || this.clock.now() - this.askedAt <= this.limitMs) return;
    this.askedAt = undefined;
    for (const [, { socket }] of this.consumer.connections) socket.destroy();
  }
}
