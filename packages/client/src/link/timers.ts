import type { Scope } from "@barrage/kernel";
import { sleep } from "@barrage/kernel";
import type { Task } from "@barrage/kernel";

/** Named timers, each one task of the scope: at most one of a name, none after the scope has ended. */
export class Timers<Name extends string> {
  readonly #scope: Scope;
  readonly #fire: (name: Name) => void;
  readonly #armed = new Map<Name, Task<void>>();

  constructor(scope: Scope, fire: (name: Name) => void) {
    this.#scope = scope;
    this.#fire = fire;
  }

  /** Starts `name`, or starts it over. */
  arm(name: Name, ms: number): void {
    this.disarm(name);
    const task = this.#scope.spawn(
      async (ctx) => {
        await sleep(ms, ctx);
        // Disarmed between the timer and this line.
        ctx.throwIfCancelled();
        this.#armed.delete(name);
        this.#fire(name);
      },
      { name },
    );
    this.#armed.set(name, task);
  }

  disarm(name: Name): void {
    this.#armed.get(name)?.cancel();
    this.#armed.delete(name);
  }
}
