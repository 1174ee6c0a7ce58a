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
import { Scope } from "@barrage/kernel";
import type { Context, Task } from "@barrage/kernel";
import { protocolError } from "@barrage/protocol";
import type { Entry } from "@barrage/protocol";
import { ask } from "../thread/ask.ts";
import type { Write } from "./append-group.ts";
import type { QueueLimits } from "./append-queue.ts";
import { GroupCommitter } from "./group-committer.ts";
import { LogHealth } from "./log-health.ts";
import type { EraseStep } from "./log-eraser.ts";
import type { ConnectionSettings } from "./log-operations.ts";
import type { HeldRow, RecordColumns } from "./log-reader.ts";
import type { LogThread } from "./log-thread.ts";
import { probe, recover } from "./recovery.ts";
import { Tail } from "./tail.ts";

export interface SqliteLogOptions extends QueueLimits {
  /** Records that one follower may be behind before it reads from the disk. */
  readonly followerMax: number;
}

/** `RetentionOutcome`, and what else went: held danmaku that nobody decided on, audit events. */
export interface SqliteRetentionOutcome extends RetentionOutcome {
  readonly held: number;
  readonly audit: number;
}

/** Records of one read of a follower that catches up. */
const PAGE_RECORDS = 512;

/**
 * The danmaku log on one SQLite file.
 *
 * Bounds     appends that wait: `maxAppends` and `maxBytes`; a follower's memory: `followerMax` records.
 * Errors     those of the port. After a failure of the disk `stats.failed` says what to do and every append gets
 *            BARRAGE_LOG_UNAVAILABLE; a full disk is tried again by itself. After `close`: BARRAGE_DRAINING.
 */
export class SqliteLog implements DanmakuLog {
  private readonly thread: LogThread;
  private readonly health: LogHealth;
  private readonly tail: Tail;
  private readonly committer: GroupCommitter;
  private readonly scope: Scope;
  private readonly writing: Task<void>;
  private closing: Promise<void> | undefined = undefined;

  private constructor(thread: LogThread, head: number, options: SqliteLogOptions, ctx: Context) {
    this.thread = thread;
    this.tail = new Tail(options.followerMax);
    // Detached: the log ends by `close`, after everybody who may still append; not when its maker is told to stop.
    this.scope = new Scope(ctx.detached(), { name: "log", onError: "report" });
    this.health = new LogHealth(() => this.failed());
    this.committer = new GroupCommitter({ thread, tail: this.tail, health: this.health }, options, head);
    this.writing = this.scope.spawn((ctx) => this.committer.run(ctx), { name: "log writer" });
    thread.onDeath((error) => {
      this.health.failed(error);
      this.tail.end();
    });
  }

  static async open(thread: LogThread, options: SqliteLogOptions, ctx: Context): Promise<SqliteLog> {
    return new SqliteLog(thread, await thread.call("head"), options, ctx);
  }

  get stats(): LogStats {
    const { queued, queuedBytes, groups, appended, head } = this.committer;
    const failed = this.health.failure?.message;
    return { queued, queuedBytes, groups, appended, head, ...(failed === undefined ? {} : { failed }) };
  }

  async append(request: AppendRequest, ctx: Context): Promise<AppendOutcome> {
    return only(await this.committer.submit([toWrite(request)], ctx));
  }

  async appendAll(requests: readonly AppendRequest[], ctx: Context): Promise<readonly AppendOutcome[]> {
    return requests.length === 0 ? [] : this.committer.submit(requests.map(toWrite), ctx);
  }

  async hold(held: HeldDanmaku, key: IdempotencyKey | undefined, ctx: Context): Promise<AppendOutcome> {
    const { room, entry, matched } = held;
    const body = JSON.stringify(entry);
    const more = { releases: undefined, matched: JSON.stringify(matched) };
    return only(await this.committer.submit([{ kind: "hold", room, entry, body, key, ...more }], ctx));
  }

  async lookup({ scope, id, bodyHash }: IdempotencyKey, ctx: Context): Promise<AppendOutcome | undefined> {
    const found = await this.ask(this.thread.call("lookup", scope, id), ctx);
    if (found === undefined) return undefined;
    if (found.bodyHash !== bodyHash) throw protocolError("BARRAGE_IDEMPOTENCY_CONFLICT");
    const { id: first, seq } = found;
    return seq === 0 ? { status: "held", id: first } : { status: "repeated", id: first, seq };
  }

  async held(room: string, limit: number, ctx: Context): Promise<readonly HeldDanmaku[]> {
    return (await this.ask(this.thread.call("held", room, limit), ctx)).map(toHeld);
  }

  async findHeld(room: string, id: string, ctx: Context): Promise<HeldDanmaku | undefined> {
    const row = await this.ask(this.thread.call("findHeld", room, id), ctx);
    return row === null ? undefined : toHeld(row);
  }

  dismiss(room: string, id: string, ctx: Context): Promise<boolean> {
    return this.ask(this.thread.call("dismiss", room, id), ctx);
  }

  async read(after: number, limit: number, ctx: Context, room?: string): Promise<readonly LogRecord[]> {
    ctx.throwIfCancelled();
    return toRecords(await this.ask(this.thread.call("read", after, limit, room ?? null), ctx));
  }

  async *follow(after: number, ctx: Context): AsyncGenerator<readonly LogRecord[], void> {
    using follower = this.tail.join();
    let position = after;
    for (;;) {
      // Collecting starts before the read, so a record committed meanwhile is in one of the two, or in both.
      follower.reset();
      ctx.throwIfCancelled();
      // Pushed: a follower has one read on the way, and the router must not end because many others ask.
      const page = toRecords(await this.ask(this.thread.push("read", position, PAGE_RECORDS, null), ctx));
      position = page.at(-1)?.seq ?? position;
      if (page.length > 0) yield page;
      if (page.length === PAGE_RECORDS) continue;
      while (!follower.overflowed) {
        const fresh = follower.take(position);
        position = fresh.at(-1)?.seq ?? position;
        if (fresh.length > 0) yield fresh;
        else if (!(await follower.wait(ctx))) {
          throw this.health.refusal ?? protocolError("BARRAGE_LOG_UNAVAILABLE");
        }
      }
    }
  }

  committed(consumer: string, ctx: Context): Promise<number> {
    return this.ask(this.thread.call("committed", consumer), ctx);
  }

  async commit(consumer: string, seq: number, ctx: Context): Promise<void> {
    await this.ask(this.thread.call("commit", consumer, seq), ctx);
  }

  async erase(uid: string, ctx: Context): Promise<number> {
    let changed = await this.ask(this.thread.push("eraseHeld", uid), ctx);
    for (let after: number | undefined = 0; after !== undefined;) {
      const step: EraseStep = await this.ask(this.thread.push("eraseStep", uid, after), ctx);
      changed += step.changed;
      after = step.next;
    }
    await this.ask(this.thread.push("emptyWal"), ctx);
    return changed;
  }

  async retain(policy: RetentionPolicy, floor: number, ctx: Context): Promise<SqliteRetentionOutcome> {
    const before = await this.ask(this.thread.push("fileBytes"), ctx);
    const total = { records: 0, keys: 0, held: 0, audit: 0 };
    for (let isLast = false; !isLast;) {
      ctx.throwIfCancelled();
      const step = await this.ask(this.thread.push("retainStep", policy, floor), ctx);
      total.records += step.records;
      total.keys += step.keys;
      total.held += step.held;
      total.audit += step.audit;
      isLast = step.isLast;
    }
    while (await this.ask(this.thread.push("shrinkStep"), ctx)) ctx.throwIfCancelled();
    const after = await this.ask(this.thread.push("fileBytes"), ctx);
    // What was freed may be the space a full disk waited for.
    await probe(this.thread, this.health);
    return { ...total, bytes: Math.max(0, before - after) };
  }

  /** How the appending connection is set up, read from the connection itself. */
  settings(ctx: Context): Promise<ConnectionSettings> {
    return this.ask(this.thread.call("settings"), ctx);
  }

  close(): Promise<void> {
    return (this.closing ??= this.finish());
  }

  private async finish(): Promise<void> {
    this.health.close();
    this.committer.finish();
    await this.writing;
    this.tail.end();
    await this.scope[Symbol.asyncDispose]();
    await this.thread.close();
  }

  private failed(): void {
    this.committer.rejectWaiting(this.health.refusal);
    if (this.health.mayRecover) {
      this.scope.spawn((ctx) => recover(this.thread, this.health, ctx), { name: "log recovery" });
    }
  }

  private async ask<T>(work: Promise<T>, ctx: Context): Promise<T> {
    try {
      return await ask(work, ctx);
    } catch (error) {
      throw this.health.failed(error);
    }
  }
}

function toWrite({ room, entry, live = true, key, releases }: AppendRequest): Write {
  const kind = live ? "live" : "imported";
  return { kind, room, entry, body: JSON.stringify(entry), key, releases, matched: undefined };
}

function only(outcomes: readonly AppendOutcome[]): AppendOutcome {
  const [outcome] = outcomes;
  if (outcome === undefined) throw new TypeError("an append came back without an outcome");
  return outcome;
}

function toHeld({ room, matched, body }: HeldRow): HeldDanmaku {
  return {
    room,
    entry: toEntry(body), // oxlint-disable-next-line barrage/as-on-foreign-data -- as above
    matched: JSON.parse(matched) as readonly string[],
  };
}

function toRecords({ seqs, rooms, live, bodies }: RecordColumns): readonly LogRecord[] {
  return seqs.map((seq, i) => ({
    seq,
    room: rooms[i] ?? "",
    entry: toEntry(bodies[i] ?? "null"),
    live: live[i] ?? false,
  }));
}

// oxlint-disable-next-line barrage/as-on-foreign-data -- our own file: its format's version was checked when it was opened
const toEntry = (body: string): Entry => JSON.parse(body) as Entry;
