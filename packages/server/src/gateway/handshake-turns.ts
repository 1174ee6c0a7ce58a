import { AsyncLocalStorage } from "node:async_hooks";
import type { Duplex } from "node:stream";
import { nextTurn } from "@barrage/kernel";
import type { Scope } from "@barrage/kernel";

/** Handshakes before the event loop goes on: about 5 ms at the 0.3 ms that one costs with its refusal or its snapshot. */
export const HANDSHAKES_PER_TURN = 16;

interface Waiting {
  readonly socket: Duplex;
  readonly shake: () => void;
}

/**
 * Does so many handshakes in each turn of the event loop, so that in a storm of them those who are in do not wait for
 * all who come.
 *
 * Shape      in the order in which they came; at once where there are few.
 * Bounds     who waits holds a socket: no more than the process may open.
 */
export class HandshakeTurns {
  private readonly scope: Scope;
  /** A socket keeps the asynchronous context that it was listened to in: of a task here, that would be the task. */
  private readonly outside = AsyncLocalStorage.snapshot();
  private readonly waiting: Waiting[] = [];
  private left = HANDSHAKES_PER_TURN;
  private isCounting = false;

  constructor(scope: Scope) {
    this.scope = scope;
  }

  /** Calls `shake` now or in a later turn, unless `socket` has ended by then. */
  take(socket: Duplex, shake: () => void): void {
    if (this.left > 0) {
      this.left -= 1;
      shake();
    } else {
      // Nobody else listens yet: a peer that resets while it waits would end the process.
      socket.on("error", destroy);
      this.waiting.push({ socket, shake });
    }
    if (this.isCounting) return;
    this.isCounting = true;
    this.scope.spawn(() => this.count(), { name: "handshakes" });
  }

  /** Ends with a turn that had work for nobody. */
  private async count(): Promise<void> {
    try {
      do {
        await nextTurn();
        this.left = HANDSHAKES_PER_TURN;
        for (const { socket, shake } of this.waiting.splice(0, this.left)) {
          socket.off("error", destroy);
          if (socket.destroyed) continue;
          this.left -= 1;
          this.outside(shake);
        }
      } while (this.left < HANDSHAKES_PER_TURN);
    } finally {
      this.isCounting = false;
    }
  }
}

function destroy(this: Duplex): void {
  this.destroy();
}
