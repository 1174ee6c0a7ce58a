import { Channel } from "@barrage/kernel";
import type { Context } from "@barrage/kernel";
import { protocolError } from "@barrage/protocol";
import type { Entry } from "@barrage/protocol";
import type {
  AppendOutcome,
  AppendRequest,
  DanmakuLog,
  HeldDanmaku,
  IdempotencyKey,
  LogRecord,
  LogStats,
  RetentionOutcome,
  RetentionPolicy,
} from "@barrage/engine";

interface KeyRow {
  readonly bodyHash: string;
  readonly at: number;
  outcome: AppendOutcome;
}

/** Fields of a record that stay when its author is forgotten. */
const ERASED = { uid: "erased", name: "erased", role: "viewer" } as const;
const READ_GROUP = 500;

const nameOf = ({ scope, id }: IdempotencyKey): string => `${scope}\n${id}`;

const withoutKey = ({ room, entry, matched }: HeldDanmaku): HeldDanmaku => ({ room, entry, matched });

function erased(entry: Entry): Entry {
  return "content" in entry ? { ...entry, author: ERASED, content: "" } : { ...entry, author: ERASED };
}

/** Index of the first record above `seq`; records stand in the order of their seq. */
function firstAfter(records: readonly LogRecord[], seq: number): number {
  let [low, high] = [0, records.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((records[middle]?.seq ?? Infinity) <= seq) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** A `DanmakuLog` that lives as long as the test. It passes the same contract suite as the durable ones. */
export class MemoryLog implements DanmakuLog {
  private records: LogRecord[] = [];
  private readonly keys = new Map<string, KeyRow>();
  private readonly waiting = new Map<string, HeldDanmaku & { readonly key: IdempotencyKey | undefined }>();
  private readonly commits = new Map<string, number>();
  private readonly followers = new Set<Channel<undefined>>();
  private head = 0;
  private closed = false;

  append(request: AppendRequest, ctx: Context): Promise<AppendOutcome> {
    return this.guarded(ctx, () => this.put(request, ctx.clock.wall()));
  }

  appendAll(requests: readonly AppendRequest[], ctx: Context): Promise<readonly AppendOutcome[]> {
    return this.guarded(ctx, () => {
      for (const { key } of requests) if (key !== undefined) this.seen(key);
      return requests.map((request) => this.put(request, ctx.clock.wall()));
    });
  }

  hold(held: HeldDanmaku, key: IdempotencyKey | undefined, ctx: Context): Promise<AppendOutcome> {
    return this.guarded(ctx, () => {
      const first = key === undefined ? undefined : this.seen(key);
      if (first !== undefined) return first;
      const outcome: AppendOutcome = { status: "held", id: held.entry.id };
      this.waiting.set(held.entry.id, { ...held, key });
      if (key !== undefined)
        this.keys.set(nameOf(key), { bodyHash: key.bodyHash, at: ctx.clock.wall(), outcome });
      return outcome;
    });
  }

  lookup(key: IdempotencyKey, ctx: Context): Promise<AppendOutcome | undefined> {
    return this.guarded(ctx, () => this.seen(key));
  }

  held(room: string, limit: number, ctx: Context): Promise<readonly HeldDanmaku[]> {
    return this.guarded(ctx, () =>
      [...this.waiting.values()]
        .filter((held) => held.room === room)
        .slice(0, limit)
        .map(withoutKey),
    );
  }

  findHeld(room: string, id: string, ctx: Context): Promise<HeldDanmaku | undefined> {
    return this.guarded(ctx, () => {
      const held = this.waiting.get(id);
      return held?.room === room ? withoutKey(held) : undefined;
    });
  }

  dismiss(room: string, id: string, ctx: Context): Promise<boolean> {
    return this.guarded(ctx, () => this.waiting.get(id)?.room === room && this.waiting.delete(id));
  }

  read(after: number, limit: number, ctx: Context, room?: string): Promise<readonly LogRecord[]> {
    return this.guarded(ctx, () => {
      const start = firstAfter(this.records, after);
      if (room === undefined) return this.records.slice(start, start + limit);
      return this.records
        .slice(start)
        .filter((record) => record.room === room)
        .slice(0, limit);
    });
  }

  async *follow(after: number, ctx: Context): AsyncIterable<readonly LogRecord[]> {
    const bell = new Channel<undefined>(1, { name: "memory log" });
    this.followers.add(bell);
    try {
      let at = after;
      for (;;) {
        const records = await this.read(at, READ_GROUP, ctx);
        const last = records.at(-1);
        if (last === undefined) {
          if ((await bell.receive(ctx)).done === true) return;
          continue;
        }
        at = last.seq;
        yield records;
      }
    } finally {
      this.followers.delete(bell);
    }
  }

  committed(consumer: string, ctx: Context): Promise<number> {
    return this.guarded(ctx, () => this.commits.get(consumer) ?? 0);
  }

  commit(consumer: string, seq: number, ctx: Context): Promise<void> {
    return this.guarded(ctx, () => void this.commits.set(consumer, seq));
  }

  erase(uid: string, ctx: Context): Promise<number> {
    return this.guarded(ctx, () => {
      let changed = 0;
      this.records = this.records.map((record) => {
        if (record.entry.author.uid !== uid) return record;
        changed += 1;
        return { ...record, entry: erased(record.entry) };
      });
      for (const [id, { entry }] of this.waiting) {
        if (entry.author.uid !== uid) continue;
        this.waiting.delete(id);
        changed += 1;
      }
      return changed;
    });
  }

  retain(policy: RetentionPolicy, floor: number, ctx: Context): Promise<RetentionOutcome> {
    return this.guarded(ctx, () => {
      const before = this.records.length;
      this.records = this.records.filter(({ seq, entry }) => seq > floor || entry.at >= policy.before);
      let keys = 0;
      for (const [name, { at }] of this.keys) {
        if (at >= policy.keysBefore) continue;
        this.keys.delete(name);
        keys += 1;
      }
      return { records: before - this.records.length, keys, bytes: 0 };
    });
  }

  get stats(): LogStats {
    return { queued: 0, queuedBytes: 0, groups: this.head, appended: this.head, head: this.head };
  }

  close(): Promise<void> {
    this.closed = true;
    for (const bell of this.followers) bell.close();
    return Promise.resolve();
  }

  // Every port may fail or be cancelled, so every answer comes by promise, never thrown in the caller's face.
  private async guarded<T>(ctx: Context, body: () => T): Promise<T> {
    ctx.throwIfCancelled();
    if (this.closed) throw protocolError("BARRAGE_LOG_UNAVAILABLE");
    return body();
  }

  private seen(key: IdempotencyKey): AppendOutcome | undefined {
    const row = this.keys.get(nameOf(key));
    if (row === undefined) return undefined;
    if (row.bodyHash !== key.bodyHash) throw protocolError("BARRAGE_IDEMPOTENCY_CONFLICT");
    return row.outcome.status === "appended" ? { ...row.outcome, status: "repeated" } : row.outcome;
  }

  private put(request: AppendRequest, at: number): AppendOutcome {
    const { room, entry, live = true, key, releases } = request;
    const first = key === undefined ? undefined : this.seen(key);
    if (first !== undefined && releases === undefined) return first;
    const held = releases === undefined ? undefined : this.waiting.get(releases);
    if (releases !== undefined && held?.room !== room) return this.releasedBefore(room, releases);
    this.head += 1;
    this.records.push({ seq: this.head, room, entry, live });
    const outcome: AppendOutcome = { status: "appended", id: entry.id, seq: this.head };
    const own = key ?? held?.key;
    if (own !== undefined) this.keys.set(nameOf(own), { bodyHash: own.bodyHash, at, outcome });
    if (releases !== undefined) this.waiting.delete(releases);
    for (const bell of this.followers) bell.trySend(undefined);
    return outcome;
  }

  private releasedBefore(room: string, id: string): AppendOutcome {
    const record = this.records.find((record) => record.room === room && record.entry.id === id);
    if (record === undefined) throw protocolError("BARRAGE_HELD_UNKNOWN");
    return { status: "repeated", id, seq: record.seq };
  }
}
