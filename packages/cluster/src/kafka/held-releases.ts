import type { AppendOutcome, AppendRequest } from "@barrage/engine";
import { SingleFlight } from "@barrage/kernel";
import type { Context, Scope } from "@barrage/kernel";
import { protocolError } from "@barrage/protocol";
import { asRepeated } from "./keyed-append.ts";
import type { HeldStore, KeyStore } from "./stores.ts";

/**
 * Releases held danmaku into the log. The queue and the log are two systems: the record is stored first, then it is
 * noted in the queue. Whoever dies between leaves it held; the next release stores a record with the same id, which
 * readers leave out.
 */
export class HeldReleases {
  private readonly held: HeldStore;
  private readonly keys: KeyStore;
  private readonly flights: SingleFlight<string, AppendOutcome>;

  constructor(held: HeldStore, keys: KeyStore, scope: Scope) {
    this.held = held;
    this.keys = keys;
    this.flights = new SingleFlight({ name: "release", scope });
  }

  /** `store` appends the record and resolves with its seq. */
  async run(
    { room, entry }: AppendRequest,
    releases: string,
    store: (ctx: Context) => Promise<number>,
    ctx: Context,
  ): Promise<AppendOutcome> {
    ctx.throwIfCancelled();
    const run = { isOurs: false };
    const outcome = await this.flights.do(
      `${room}\n${releases}`,
      async (own) => {
        run.isOurs = true;
        const found = await this.held.release(room, releases, own);
        if (found === undefined) throw protocolError("BARRAGE_HELD_UNKNOWN");
        if (found.status === "released") return { status: "repeated", id: entry.id, seq: found.seq };
        const seq = await store(own);
        const appended: AppendOutcome = { status: "appended", id: entry.id, seq };
        await this.held.released(room, releases, seq, own);
        if (found.key !== undefined) await this.keys.settle(found.key, appended, own);
        return appended;
      },
      ctx,
    );
    return run.isOurs ? outcome : asRepeated(outcome);
  }
}
