import type { LogRecord } from "@barrage/engine";
import { Channel } from "@barrage/kernel";
import type { Context } from "@barrage/kernel";

/** What one follower has not read yet of the records committed since it last looked at the disk. */
export class Follower implements Disposable {
  private readonly tail: Tail;
  private readonly max: number;
  private records: LogRecord[] = [];
  private readonly bell = new Channel<undefined>(1, { name: "log tail" });
  private lostSome = false;

  constructor(tail: Tail, max: number) {
    this.tail = tail;
    this.max = max;
  }

  /** True once a record did not fit: the follower must read on from the disk. */
  get overflowed(): boolean {
    return this.lostSome;
  }

  /** Starts collecting anew; from here on nothing is missed until it overflows. */
  reset(): void {
    this.records = [];
    this.lostSome = false;
  }

  push(records: readonly LogRecord[]): void {
    if (!this.lostSome && this.records.length + records.length <= this.max) {
      for (const record of records) this.records.push(record);
    } else {
      this.lostSome = true;
      this.records = [];
    }
    this.bell.trySend(undefined);
  }

  /** Everything collected with seq above `after`. */
  take(after: number): readonly LogRecord[] {
    const taken = this.records;
    this.records = [];
    return taken.length > 0 && (taken[0]?.seq ?? 0) <= after ? taken.filter(({ seq }) => seq > after) : taken;
  }

  /** Waits until something came; false once nothing will come any more. */
  async wait(ctx: Context): Promise<boolean> {
    return (await this.bell.receive(ctx)).done !== true;
  }

  end(): void {
    this.bell.close();
  }

  [Symbol.dispose](): void {
    this.tail.leave(this);
  }
}

/**
 * Hands committed records to all followers, from memory.
 *
 * Bounds     each follower keeps at most `max` records; one that is slower than that reads from the disk (LG-15).
 */
export class Tail {
  private readonly max: number;
  private readonly followers = new Set<Follower>();
  private hasEnded = false;

  constructor(max: number) {
    this.max = max;
  }

  join(): Follower {
    const follower = new Follower(this, this.max);
    if (this.hasEnded) follower.end();
    else this.followers.add(follower);
    return follower;
  }

  leave(follower: Follower): void {
    this.followers.delete(follower);
  }

  publish(records: readonly LogRecord[]): void {
    if (records.length === 0) return;
    for (const follower of this.followers) follower.push(records);
  }

  /** Nothing will be published any more. */
  end(): void {
    this.hasEnded = true;
    for (const follower of this.followers) follower.end();
    this.followers.clear();
  }
}
