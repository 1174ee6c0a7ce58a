import type { ControlPort } from "../supervisor/control-port.ts";
import { toRoleOf } from "./messages.ts";
import type { FromRole } from "./messages.ts";

/** What a role's process is told to do. */
export interface RoleOrders {
  /** It is wanted now; `restarts` processes were in its place before. Not called for a spare that nobody needs. */
  begin(restarts: number): void;
  /** It has to end in good order, whether it has begun or not. */
  drain(): void;
  /** Its supervisor is no more. */
  orphaned(): void;
}

/**
 * A role's process as its supervisor's: it says that it is loaded, begins when it is told to, and says that it serves.
 *
 * Shape      orders come as soon as it is made; `begin` at most once.
 */
export class KeptRole {
  private readonly port: ControlPort;
  private hasBegun = false;

  constructor(port: ControlPort, orders: RoleOrders) {
    this.port = port;
    port.listen({
      message: (message) => this.heard(message, orders),
      closed: () => orders.orphaned(),
    });
  }

  /** It can begin. */
  loaded(): void {
    this.send({ type: "hello" });
  }

  /** It takes work. */
  serves(): void {
    this.send({ type: "serves" });
  }

  private heard(message: unknown, orders: RoleOrders): void {
    const order = toRoleOf(message);
    if (order?.type === "drain") orders.drain();
    if (order?.type !== "start" || this.hasBegun) return;
    this.hasBegun = true;
    orders.begin(order.restarts);
  }

  private send(message: FromRole): void {
    this.port.send(message);
  }
}
