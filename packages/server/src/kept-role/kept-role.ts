import { sleep } from "@barrage/kernel";
import type { Context } from "@barrage/kernel";
import type { ControlPort } from "../supervisor/control-port.ts";
import { toRoleOf } from "./messages.ts";
import type { FromRole } from "./messages.ts";

/** What a role's process is told. */
export interface RoleOrders {
  /** It has to end in good order, whether it was wanted before or not. */
  drain(): void;
  /** Its supervisor is no more. */
  orphaned(): void;
}

/** Who is not told to begin within this time after it is loaded is a spare, ms: an answer takes less than one. */
const SPARE_AFTER_MS = 250;
/** Servers that are away keep nobody preparing and rehearsing, ms. */
const REHEARSE_WITHIN_MS = 15_000;

/** What a process does while nobody wants it. */
export interface Ahead<P extends AsyncDisposable> {
  /** Makes what a start takes. */
  readonly prepare: (ctx: Context) => Promise<P>;
  /** Goes through what the one that was made will do. */
  readonly rehearse: (prepared: P, ctx: Context) => Promise<void>;
}

/** The word to begin. */
export interface Wanted<P> {
  /** How many processes were in its place before. */
  readonly restarts: number;
  /** Undefined where nothing was ready yet. */
  readonly prepared: P | undefined;
}

/**
 * A role's process as its supervisor's: it says that it is loaded, begins when it is told to, and says that it serves.
 *
 * Shape      orders come as soon as it is made; one beginning.
 */
export class KeptRole {
  private readonly port: ControlPort;
  private readonly told = Promise.withResolvers<number>();
  private isTold = false;

  constructor(port: ControlPort, orders: RoleOrders) {
    this.port = port;
    port.listen({
      message: (message) => this.heard(message, orders),
      closed: () => orders.orphaned(),
    });
  }

  /**
   * Says that it is loaded, and resolves when it is told to begin. A spare prepares itself meanwhile and rehearses, as
   * far as it comes; what was prepared in time is the caller's.
   *
   * Errors     those of `ctx`.
   */
  async wanted<P extends AsyncDisposable>(ahead: Ahead<P>, ctx: Context): Promise<Wanted<P>> {
    this.send({ type: "hello" });
    // What is still under way when it is wanted is called off, and ends beside the start.
    using rehearsal = ctx.cancellable({ name: "rehearsal", timeout: REHEARSE_WITHIN_MS });
    const ready: { prepared?: P } = {};
    const preparing = this.prepared(ahead, ready, rehearsal);
    const restarts = await Promise.race([this.told.promise, preparing]);
    return { restarts, prepared: ready.prepared };
  }

  /** It takes work. */
  serves(): void {
    this.send({ type: "serves" });
  }

  private async prepared<P extends AsyncDisposable>(
    { prepare, rehearse }: Ahead<P>,
    ready: { prepared?: P },
    ctx: Context,
  ): Promise<number> {
    try {
      await sleep(SPARE_AFTER_MS, ctx);
      const prepared = await prepare(ctx);
      // Another one is made already.
      if (this.isTold) await prepared[Symbol.asyncDispose]();
      else await rehearse((ready.prepared = prepared), ctx);
    } catch {
      // It is wanted now, or servers are away: then a start takes longer, and says why.
    }
    if (!this.isTold) this.send({ type: "rehearsed" });
    return this.told.promise;
  }

  private heard(message: unknown, orders: RoleOrders): void {
    const order = toRoleOf(message);
    if (order?.type === "drain") orders.drain();
    if (order?.type !== "start") return;
    this.isTold = true;
    this.told.resolve(order.restarts);
  }

  private send(message: FromRole): void {
    this.port.send(message);
  }
}
