import type { Context } from "../context/context.ts";
import { Semaphore } from "./semaphore.ts";

/** One holder at a time; a {@link Semaphore} of one permit. Not re-entrant. */
export class Mutex {
  private readonly semaphore: Semaphore;

  constructor(options: { readonly name?: string } = {}) {
    this.semaphore = new Semaphore(1, { name: options.name ?? "mutex" });
  }

  get locked(): boolean {
    return this.semaphore.available === 0;
  }

  /** Dispose what it gives to unlock. */
  lock(ctx?: Context): Promise<Disposable> {
    return this.semaphore.acquire(1, ctx);
  }

  tryLock(): Disposable | undefined {
    return this.semaphore.tryAcquire();
  }
}
