import type { AppendOutcome, HeldDanmaku, IdempotencyKey } from "@barrage/engine";
import { protocolError } from "@barrage/protocol";
import type { Claim, ErasedUsers, HeldStore, KeyStore, LogStores, Release } from "@barrage/cluster";
import type { Context } from "@barrage/kernel";

interface KeyRow {
  readonly bodyHash: string;
  readonly id: string;
  leaseUntil: number;
  settled?: { readonly at: number; readonly outcome: AppendOutcome };
}

const nameOf = ({ scope, id }: IdempotencyKey): string => `${scope}\n${id}`;

/** The stores beside the log, as one process holds them; they outlive a log that is closed and opened again. */
export class MemoryKeys implements KeyStore {
  private readonly rows = new Map<string, KeyRow>();
  /** Fails every call from now on, as a store that is down. */
  isDown = false;

  claim(key: IdempotencyKey, id: string, leaseMs: number, ctx: Context): Promise<Claim> {
    return this.answer(() => {
      const row = this.rowOf(key);
      const now = ctx.clock.now();
      if (row?.settled !== undefined) return { status: "settled", outcome: row.settled.outcome };
      if (row !== undefined && row.leaseUntil > now) return { status: "pending" };
      const claimed = { bodyHash: key.bodyHash, id: row?.id ?? id, leaseUntil: now + leaseMs };
      this.rows.set(nameOf(key), claimed);
      return { status: "claimed", id: claimed.id };
    });
  }

  settle(key: IdempotencyKey, outcome: AppendOutcome, ctx: Context): Promise<void> {
    return this.answer(() => {
      const settled = { at: ctx.clock.wall(), outcome };
      this.rows.set(nameOf(key), { bodyHash: key.bodyHash, id: outcome.id, leaseUntil: 0, settled });
    });
  }

  release(key: IdempotencyKey): Promise<void> {
    return this.answer(() => void this.rows.delete(nameOf(key)));
  }

  abandon(key: IdempotencyKey): Promise<void> {
    return this.answer(() => {
      const row = this.rowOf(key);
      if (row !== undefined) row.leaseUntil = 0;
    });
  }

  lookup(key: IdempotencyKey): Promise<AppendOutcome | undefined> {
    return this.answer(() => this.rowOf(key)?.settled?.outcome);
  }

  forget(before: number): Promise<number> {
    return this.answer(() => {
      let forgotten = 0;
      for (const [name, { settled }] of this.rows) {
        if (settled === undefined || settled.at >= before) continue;
        this.rows.delete(name);
        forgotten += 1;
      }
      return forgotten;
    });
  }

  private rowOf(key: IdempotencyKey): KeyRow | undefined {
    const row = this.rows.get(nameOf(key));
    if (row !== undefined && row.bodyHash !== key.bodyHash)
      throw protocolError("BARRAGE_IDEMPOTENCY_CONFLICT");
    return row;
  }

  private async answer<T>(body: () => T): Promise<T> {
    if (this.isDown) throw new Error("the key store is down");
    return body();
  }
}

export class MemoryHeld implements HeldStore {
  private readonly rows = new Map<string, HeldDanmaku & { key: IdempotencyKey | undefined }>();
  private readonly gone = new Map<string, number>();

  put(held: HeldDanmaku, key: IdempotencyKey | undefined): Promise<void> {
    this.rows.set(this.name(held.room, held.entry.id), { ...held, key });
    return Promise.resolve();
  }

  list(room: string, limit: number): Promise<readonly HeldDanmaku[]> {
    const all = [...this.rows.values()].filter((row) => row.room === room).map(withoutKey);
    return Promise.resolve(all.slice(0, limit));
  }

  find(room: string, id: string): Promise<HeldDanmaku | undefined> {
    const row = this.rows.get(this.name(room, id));
    return Promise.resolve(row === undefined ? undefined : withoutKey(row));
  }

  release(room: string, id: string): Promise<Release | undefined> {
    const name = this.name(room, id);
    const seq = this.gone.get(name);
    if (seq !== undefined) return Promise.resolve({ status: "released", seq });
    const row = this.rows.get(name);
    if (row === undefined) return Promise.resolve(undefined);
    return Promise.resolve({ status: "held", ...(row.key === undefined ? {} : { key: row.key }) });
  }

  released(room: string, id: string, seq: number): Promise<void> {
    this.rows.delete(this.name(room, id));
    this.gone.set(this.name(room, id), seq);
    return Promise.resolve();
  }

  dismiss(room: string, id: string): Promise<boolean> {
    return Promise.resolve(this.rows.delete(this.name(room, id)));
  }

  erase(uid: string): Promise<number> {
    let erased = 0;
    for (const [name, { entry }] of this.rows) {
      if (entry.author.uid !== uid) continue;
      this.rows.delete(name);
      erased += 1;
    }
    return Promise.resolve(erased);
  }

  private name(room: string, id: string): string {
    return `${room}\n${id}`;
  }
}

class MemoryErased implements ErasedUsers {
  private readonly moments = new Map<string, number>();

  add(uid: string, at: number): Promise<void> {
    this.moments.set(uid, at);
    return Promise.resolve();
  }

  erasedUpTo(uid: string): number | undefined {
    return this.moments.get(uid);
  }
}

const withoutKey = ({ room, entry, matched }: HeldDanmaku): HeldDanmaku => ({ room, entry, matched });

export const memoryStores = (): LogStores & { readonly keys: MemoryKeys } => ({
  keys: new MemoryKeys(),
  held: new MemoryHeld(),
  erased: new MemoryErased(),
});
