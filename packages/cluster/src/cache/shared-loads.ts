import { SingleFlight } from "@barrage/kernel";
import type { Context, Scope } from "@barrage/kernel";

type Outcome<V> = { readonly value: V } | { readonly error: unknown };

/**
 * One load per key at a time, shared by all who ask. One that fails when the last of them has gone is nobody's: a server
 * that is away makes many of those, and whoever asks next is told.
 *
 * Bounds     as many keys as loads are under way.
 * Errors     what the load threw, to all who shared it; the cancel error of `ctx` to whoever was cancelled.
 */
export class SharedLoads<V> {
  private readonly flights: SingleFlight<string, Outcome<V>>;

  constructor(name: string, scope: Scope) {
    this.flights = new SingleFlight({ name, scope });
  }

  async do(key: string, load: (ctx: Context) => Promise<V>, ctx: Context): Promise<V> {
    const caught = async (own: Context): Promise<Outcome<V>> => {
      try {
        return { value: await load(own) };
      } catch (error) {
        return { error };
      }
    };
    const outcome = await this.flights.do(key, caught, ctx);
    if ("error" in outcome) throw outcome.error;
    return outcome.value;
  }

  /** The next call for `key` loads anew, whatever is under way. */
  forget(key: string): void {
    this.flights.forget(key);
  }
}
