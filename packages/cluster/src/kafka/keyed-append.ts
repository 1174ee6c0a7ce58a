import type { AppendOutcome, IdempotencyKey } from "@barrage/engine";
import type { Context } from "@barrage/kernel";
import { BarrageError, protocolError } from "@barrage/protocol";
import type { SharedLoads } from "../cache/shared-loads.ts";
import type { KeyStore } from "./stores.ts";

/** Stores what an append asks for, under this id. */
export type Store = (id: string, ctx: Context) => Promise<AppendOutcome>;

/** Failures after which a record is certainly not stored, so its key may be used by somebody else at once. */
const NOT_STORED = new Set(["BARRAGE_OVERLOADED", "BARRAGE_DRAINING"]);

/**
 * Appends under idempotency keys: the key is claimed, the record stored with the key in its headers, the answer kept.
 * Whoever dies between leaves a claim that ends by itself; the retry stores a second record with the first one's id,
 * which readers leave out.
 *
 * Errors     BARRAGE_IDEMPOTENCY_CONFLICT; BARRAGE_LOG_UNAVAILABLE while another process's append under the key is on
 *            its way, and when the store fails.
 */
export class KeyedAppend {
  private readonly keys: KeyStore;
  private readonly leaseMs: number;
  private readonly flights: SharedLoads<AppendOutcome>;

  constructor(keys: KeyStore, leaseMs: number, flights: SharedLoads<AppendOutcome>) {
    this.keys = keys;
    this.leaseMs = leaseMs;
    this.flights = flights;
  }

  /** `store` gets the id to use: the first one's, if an append under this key was begun before. */
  async run(key: IdempotencyKey, id: string, store: Store, ctx: Context): Promise<AppendOutcome> {
    ctx.throwIfCancelled();
    const run = { isOurs: false };
    const outcome = await this.flights.do(
      `${key.scope}\n${key.id}\n${key.bodyHash}`,
      (own) => {
        run.isOurs = true;
        return this.claimAndStore(key, id, store, own);
      },
      ctx,
    );
    return run.isOurs ? outcome : asRepeated(outcome);
  }

  async lookup(key: IdempotencyKey, ctx: Context): Promise<AppendOutcome | undefined> {
    const outcome = await this.guarded(() => this.keys.lookup(key, ctx), ctx);
    return outcome === undefined ? undefined : asRepeated(outcome);
  }

  private async claimAndStore(
    key: IdempotencyKey,
    id: string,
    store: Store,
    ctx: Context,
  ): Promise<AppendOutcome> {
    const claim = await this.guarded(() => this.keys.claim(key, id, this.leaseMs, ctx), ctx);
    if (claim.status === "settled") return asRepeated(claim.outcome);
    if (claim.status === "pending") throw protocolError("BARRAGE_LOG_UNAVAILABLE");
    let outcome: AppendOutcome;
    try {
      outcome = await store(claim.id, ctx);
    } catch (error) {
      const isNotStored = BarrageError.is(error) && NOT_STORED.has(error.code);
      const given = isNotStored
        ? unused(this.keys, { key, begun: claim.id, ours: id }, ctx)
        : this.keys.abandon(key, ctx);
      await this.note(given, ctx);
      throw error;
    }
    await this.note(this.keys.settle(key, outcome, ctx), ctx);
    return outcome;
  }

  /**
   * What is stored is acknowledged, also when the note of it fails: the claim ends with its lease, a retry stores a
   * second record with the first one's id, and readers leave that out.
   */
  private async note(noted: Promise<void>, ctx: Context): Promise<void> {
    try {
      await noted;
    } catch {
      ctx.throwIfCancelled();
    }
  }

  private async guarded<T>(question: () => Promise<T>, ctx: Context): Promise<T> {
    try {
      return await question();
    } catch (error) {
      ctx.throwIfCancelled();
      if (BarrageError.is(error) && error.code === "BARRAGE_IDEMPOTENCY_CONFLICT") throw error;
      throw protocolError("BARRAGE_LOG_UNAVAILABLE", {}, error);
    }
  }
}

/** A claim under which an append was begun by somebody before us keeps that append's id: it may be stored. */
export const unused = (
  keys: KeyStore,
  { key, begun, ours }: { readonly key: IdempotencyKey; readonly begun: string; readonly ours: string },
  ctx: Context,
): Promise<void> => (begun === ours ? keys.release(key, ctx) : keys.abandon(key, ctx));

export const asRepeated = (outcome: AppendOutcome): AppendOutcome =>
  outcome.status === "appended" ? { ...outcome, status: "repeated" } : outcome;
