import type { AppendOutcome, AppendRequest, IdempotencyKey } from "@barrage/engine";
import type { Context } from "@barrage/kernel";
import { protocolError } from "@barrage/protocol";
import type { StoredAgain } from "./first-places.ts";
import { asRepeated, unused } from "./keyed-append.ts";
import type { Claim, KeyStore } from "./stores.ts";

/** Stores records in order, each under the id beside it, and resolves with their seqs. */
export type StoreMany = (
  records: readonly { readonly request: AppendRequest; readonly id: string }[],
  ctx: Context,
) => Promise<readonly number[]>;

/** Where the records of an import go. */
export interface ManyPlaces {
  readonly store: StoreMany;
  /** The place of the first record of this id, which is the one that readers are given. */
  readonly firstPlace: (stored: StoredAgain, ctx: Context) => Promise<number>;
}

const nameOf = ({ scope, id }: IdempotencyKey): string => `${scope}\n${id}`;

/**
 * Many appends at once, for imports: all their keys are claimed first, and if one of them is refused, none is written.
 */
export class AppendMany {
  private readonly keys: KeyStore;
  private readonly leaseMs: number;
  private readonly places: ManyPlaces;

  constructor(keys: KeyStore, leaseMs: number, places: ManyPlaces) {
    this.keys = keys;
    this.leaseMs = leaseMs;
    this.places = places;
  }

  async run(requests: readonly AppendRequest[], ctx: Context): Promise<readonly AppendOutcome[]> {
    const firsts = firstOfEachKey(requests);
    const claims = await this.claimAll(requests, firsts, ctx);
    const fresh = [...requests.entries()].filter(
      ([i, { key }]) => key === undefined || claims.get(i)?.status === "claimed",
    );
    const records = fresh.map(([i, request]) => {
      const claim = claims.get(i);
      return { request, id: claim?.status === "claimed" ? claim.id : request.entry.id };
    });
    const seqs = await this.storeOrAbandon(records, ctx);
    const outcomes: AppendOutcome[] = [];
    for (const [n, [i]] of fresh.entries()) {
      outcomes[i] = { status: "appended", id: records[n]?.id ?? "", seq: seqs[n] ?? 0 };
    }
    await this.settleAll(fresh, outcomes, ctx);
    for (const [i, { key }] of requests.entries()) {
      const claim = claims.get(i);
      if (claim?.status === "settled") outcomes[i] = asRepeated(claim.outcome);
      // The same key twice among them: the second is a retry of the first, which stands before it.
      const first = key === undefined ? undefined : outcomes[firsts.get(nameOf(key)) ?? i];
      if (outcomes[i] === undefined && first !== undefined) outcomes[i] = asRepeated(first);
    }
    return outcomes;
  }

  /** By index of the request; of requests with one key only the first has one. */
  private async claimAll(
    requests: readonly AppendRequest[],
    firsts: ReadonlyMap<string, number>,
    ctx: Context,
  ): Promise<ReadonlyMap<number, Claim>> {
    const claims = new Map<number, Claim>();
    const asked = [...firsts.values()].map(async (i) => {
      const { key, entry } = requests[i] ?? {};
      if (key !== undefined && entry !== undefined) {
        claims.set(i, await this.keys.claim(key, entry.id, this.leaseMs, ctx));
      }
    });
    const answers = await Promise.allSettled(asked);
    const refused = answers.find((answer) => answer.status === "rejected");
    const isPending = [...claims.values()].some(({ status }) => status === "pending");
    if (refused === undefined && !isPending) return claims;
    await this.giveUp(claims, requests, ctx);
    throw refused === undefined ? protocolError("BARRAGE_LOG_UNAVAILABLE") : refused.reason;
  }

  private async storeOrAbandon(
    records: readonly { readonly request: AppendRequest; readonly id: string }[],
    ctx: Context,
  ): Promise<readonly number[]> {
    try {
      const seqs = await this.places.store(records, ctx);
      const asked = records.map(async ({ request: { room, entry }, id }, i) => {
        const seq = seqs[i] ?? 0;
        // Under an id that was begun before it may have been stored before, and readers are given it there.
        return id === entry.id ? seq : await this.places.firstPlace({ room, id, seq }, ctx);
      });
      return await Promise.all(asked);
    } catch (error) {
      const keys = records.flatMap(({ request: { key } }) => (key === undefined ? [] : [key]));
      await Promise.allSettled(keys.map((key) => this.keys.abandon(key, ctx)));
      throw error;
    }
  }

  private async settleAll(
    fresh: readonly (readonly [number, AppendRequest])[],
    outcomes: readonly AppendOutcome[],
    ctx: Context,
  ): Promise<void> {
    // What is stored is acknowledged, also when the note of it fails: see `KeyedAppend`.
    await Promise.allSettled(
      fresh.map(async ([i, { key }]) => {
        const outcome = outcomes[i];
        if (key !== undefined && outcome !== undefined) await this.keys.settle(key, outcome, ctx);
      }),
    );
  }

  private async giveUp(
    claims: ReadonlyMap<number, Claim>,
    requests: readonly AppendRequest[],
    ctx: Context,
  ): Promise<void> {
    await Promise.allSettled(
      [...claims].map(async ([i, claim]) => {
        const { key, entry } = requests[i] ?? {};
        if (key === undefined || entry === undefined || claim.status !== "claimed") return;
        await unused(this.keys, { key, begun: claim.id, ours: entry.id }, ctx);
      }),
    );
  }
}

function firstOfEachKey(requests: readonly AppendRequest[]): ReadonlyMap<string, number> {
  const firsts = new Map<string, number>();
  for (const [i, { key }] of requests.entries()) {
    if (key !== undefined && !firsts.has(nameOf(key))) firsts.set(nameOf(key), i);
  }
  return firsts;
}
