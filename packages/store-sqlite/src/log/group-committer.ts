import type { AppendOutcome, LogRecord } from "@barrage/engine";
import { Channel } from "@barrage/kernel";
import type { Context } from "@barrage/kernel";
import { protocolError } from "@barrage/protocol";
import { toColumns } from "./append-group.ts";
import type { GroupResult, Unit, Write, WriteStatus } from "./append-group.ts";
import { AppendQueue } from "./append-queue.ts";
import type { QueueLimits } from "./append-queue.ts";
import type { LogHealth } from "./log-health.ts";
import type { LogThread } from "./log-thread.ts";
import type { Tail } from "./tail.ts";

interface Waiting extends Unit {
  readonly resolve: (outcomes: readonly AppendOutcome[]) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Collects appends while a group is being committed, then commits what has gathered as the next group: one message to
 * the thread, one transaction, one fsync, and only then the answers.
 */
export class GroupCommitter {
  private readonly thread: LogThread;
  private readonly tail: Tail;
  private readonly health: LogHealth;
  private readonly queue: AppendQueue<Waiting>;
  private readonly bell = new Channel<undefined>(1, { name: "appends" });
  groups = 0;
  appended = 0;
  head: number;

  constructor(
    parts: { readonly thread: LogThread; readonly tail: Tail; readonly health: LogHealth },
    limits: QueueLimits,
    head: number,
  ) {
    this.thread = parts.thread;
    this.tail = parts.tail;
    this.health = parts.health;
    this.queue = new AppendQueue(limits);
    this.head = head;
  }

  get queued(): number {
    return this.queue.count;
  }

  get queuedBytes(): number {
    return this.queue.bytes;
  }

  /** Resolves after the commit. A cancel before the group was sent takes the writes back; later their outcome is unknown. */
  async submit(writes: readonly Write[], ctx: Context): Promise<readonly AppendOutcome[]> {
    ctx.throwIfCancelled();
    const { refusal } = this.health;
    if (refusal !== undefined) throw refusal;
    const { promise, resolve, reject } = Promise.withResolvers<readonly AppendOutcome[]>();
    let bytes = 0;
    for (const { body } of writes) bytes += Buffer.byteLength(body);
    const unit = { writes, bytes, resolve, reject };
    if (!this.queue.offer(unit)) throw protocolError("BARRAGE_OVERLOADED");
    this.bell.trySend(undefined);
    const listening = ctx.onCancel(() => {
      this.queue.withdraw(unit);
      try {
        ctx.throwIfCancelled();
      } catch (error) {
        reject(error);
      }
    });
    try {
      return await promise;
    } finally {
      listening[Symbol.dispose]();
    }
  }

  /** Commits group after group until `finish` and the last one is answered. */
  async run(ctx: Context): Promise<void> {
    for await (const _ of this.bell.values(ctx)) {
      while (this.queue.isWaiting) await this.commitNext(ctx.clock.wall());
    }
  }

  /** Nothing more will be submitted. */
  finish(): void {
    this.bell.close();
  }

  /** Fails all that wait: they would only find the same broken disk. */
  rejectWaiting(error: unknown): void {
    for (const unit of this.queue.drain()) unit.reject(error);
  }

  private async commitNext(now: number): Promise<void> {
    const group = this.queue.takeGroup();
    try {
      const result = await this.thread.push("commitGroup", toColumns(group, now));
      this.queue.settle();
      this.groups += 1;
      this.publish(group, result);
      answer(group, result);
    } catch (error) {
      this.queue.settle();
      const told = this.health.failed(error);
      for (const unit of group) unit.reject(told);
    }
  }

  private publish(group: readonly Waiting[], { status, seq }: GroupResult): void {
    const records: LogRecord[] = [];
    let i = 0;
    for (const { writes } of group) {
      for (const { room, entry, kind } of writes) {
        if (status[i] === "appended") records.push({ seq: seq[i] ?? 0, room, entry, live: kind === "live" });
        i += 1;
      }
    }
    this.appended += records.length;
    this.head = records.at(-1)?.seq ?? this.head;
    this.tail.publish(records);
  }
}

const REFUSALS = {
  conflict: "BARRAGE_IDEMPOTENCY_CONFLICT",
  held_unknown: "BARRAGE_HELD_UNKNOWN",
  held_full: "BARRAGE_OVERLOADED",
} as const satisfies Partial<Record<WriteStatus, string>>;

function answer(group: readonly Waiting[], result: GroupResult): void {
  let start = 0;
  for (const unit of group) {
    const outcomes: AppendOutcome[] = [];
    let refused: Error | undefined;
    for (let i = start; i < start + unit.writes.length; i++) {
      const status = result.status[i] ?? "conflict";
      const id = result.id[i] ?? "";
      const seq = result.seq[i] ?? 0;
      if (status === "held") outcomes.push({ status, id });
      else if (status === "appended" || status === "repeated") outcomes.push({ status, id, seq });
      else refused = protocolError(REFUSALS[status]);
    }
    if (refused === undefined) unit.resolve(outcomes);
    else unit.reject(refused);
    start += unit.writes.length;
  }
}
