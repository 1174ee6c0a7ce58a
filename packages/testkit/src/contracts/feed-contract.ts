import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Batch, Feed, FeedSubscription } from "@barrage/engine";
import { background, Channel } from "@barrage/kernel";
import { danmaku } from "./entries.ts";

/** A feed under test, with nobody subscribed. `other` is the same feed from another process; absent where there is none. */
export interface FeedUnderTest extends AsyncDisposable {
  readonly feed: Feed;
  readonly other?: Feed;
}

export type MakeFeed = () => Promise<FeedUnderTest>;

const ctx = background;

const batch = (room: string, seq: number, more: Partial<Batch> = {}): Batch => ({
  room,
  prev: seq - 1,
  seq,
  items: [{ ...danmaku(`i${seq}`, { content: '弹 "quoted" \u{1f600}' }), seq, n: seq }],
  windowMs: 25,
  ...more,
});

/** What one subscriber got, in order; waits for what is on its way. */
class Listener implements Disposable {
  readonly subscription: FeedSubscription;
  readonly interrupted: string[] = [];
  private readonly got = new Channel<Batch>(1_000, { name: "heard" });

  constructor(feed: Feed) {
    this.subscription = feed.subscribe({
      batch: (heard) => assert.equal(this.got.trySend(heard), true),
      interrupted: (room) => this.interrupted.push(room),
    });
  }

  async take(count: number): Promise<readonly Batch[]> {
    const batches: Batch[] = [];
    while (batches.length < count) {
      const next = await this.got.receive(ctx);
      if (next.done !== true) batches.push(next.value);
    }
    return batches;
  }

  /** What has come besides what was taken. */
  get left(): number {
    return this.got.length;
  }

  [Symbol.dispose](): void {
    this.subscription[Symbol.dispose]();
  }
}

/** Registers the tests that every `Feed` passes; each gets one of its own. */
export function feedContract(name: string, make: MakeFeed): void {
  describe(`${name} as a feed`, () => {
    it("[RD-10] brings each batch of a room that was entered, in order, as it was published", async () => {
      await using made = await make();
      using listener = new Listener(made.feed);
      await listener.subscription.enter("r", ctx);
      const merged = { ...danmaku("i4"), seq: 4, n: 4, withheld: { seq: 2, count: 3, content: "弹" } };
      const sent = [
        batch("r", 1),
        batch("r", 2, { muted: 3, rate: { shown: 30, of: 400 } }),
        batch("r", 3, { prev: 3, items: [] }),
        batch("r", 4, { items: [merged] }),
      ];

      for (const one of sent) await (made.other ?? made.feed).publish(one, ctx);

      assert.deepEqual(await listener.take(sent.length), sent);
    });

    it("[RD-10] brings only the rooms that were entered", async () => {
      await using made = await make();
      using listener = new Listener(made.feed);
      await listener.subscription.enter("mine", ctx);

      await made.feed.publish(batch("theirs", 1), ctx);
      await made.feed.publish(batch("mine", 2), ctx);

      assert.deepEqual(
        (await listener.take(1)).map(({ seq }) => seq),
        [2],
      );
      assert.equal(listener.left, 0);
    });

    it("[RD-10] a room that is entered twice is brought once, and left at once", async () => {
      await using made = await make();
      using listener = new Listener(made.feed);
      await Promise.all([listener.subscription.enter("r", ctx), listener.subscription.enter("r", ctx)]);
      await listener.subscription.enter("mark", ctx);

      await made.feed.publish(batch("r", 1), ctx);
      await listener.take(1);
      listener.subscription.leave("r");
      await made.feed.publish(batch("r", 2), ctx);
      await made.feed.publish(batch("mark", 3), ctx);

      assert.deepEqual(
        (await listener.take(1)).map(({ seq }) => seq),
        [3],
      );
    });

    it("[RD-10] a room that was left and is entered again is brought again", async () => {
      await using made = await make();
      using listener = new Listener(made.feed);
      await listener.subscription.enter("r", ctx);
      listener.subscription.leave("r");
      await listener.subscription.enter("r", ctx);

      await made.feed.publish(batch("r", 1), ctx);

      assert.equal((await listener.take(1)).length, 1);
      assert.equal(listener.left, 0);
    });

    it("[RD-10] each subscriber gets its own rooms, and nothing after its end", async () => {
      await using made = await make();
      using one = new Listener(made.feed);
      using other = new Listener(made.feed);
      for (const { subscription } of [one, other]) await subscription.enter("r", ctx);

      await made.feed.publish(batch("r", 1), ctx);
      await Promise.all([one.take(1), other.take(1)]);
      other[Symbol.dispose]();
      await made.feed.publish(batch("r", 2), ctx);
      await one.take(1);

      assert.equal(other.left, 0);
    });

    it("[RD-10] a publish that nobody listens to is no failure", async () => {
      await using made = await make();

      await assert.doesNotReject(made.feed.publish(batch("nobody", 1), ctx));
    });
  });
}
